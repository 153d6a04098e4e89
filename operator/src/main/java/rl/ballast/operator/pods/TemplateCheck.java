package rl.ballast.operator.pods;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.operator.objects.Conflict;
import rl.ballast.operator.status.Phase;

/// Asks the server by a dry run whether it would take the pods of a person's template: once per new template, before
/// a pod is made from it or given up for it. A template that is refused is asked about again after a while, since what
/// refuses it (pod security, an admission webhook) may change. Thread-safe.
public final class TemplateCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TemplateCheck.class);

    public static final String REASON = "TemplateRefused";
    /// After this long a refused template is tried again.
    public static final Duration AGAIN = Duration.ofSeconds(30);

    private static final int REMEMBERED = 1_000;
    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;
    private static final int INVALID = 422;

    /// A template, and what it is laid over.
    private record Key(String namespace, Role role, ObjectNode template, List<Object> below) {
        static Key of(PodPlan plan, ObjectNode template) {
            RolePlan fetch = plan.fetch();
            return new Key(
                    plan.namespace(),
                    plan.key().role(),
                    template,
                    List.of(
                            plan.main().resources(),
                            plan.main().mounts(),
                            fetch == null ? List.of() : fetch.mounts(),
                            plan.imageCopies()));
        }
    }

    private record Verdict(Optional<String> refusal, Instant time) {}

    private final KubernetesClient client;
    private final PodRenderer renderer;
    private final Clock clock;
    private final Map<Key, Verdict> verdicts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Verdict> eldest) {
            return size() > REMEMBERED;
        }
    };

    public TemplateCheck(KubernetesClient client, PodRenderer renderer, Clock clock) {
        this.client = client;
        this.renderer = renderer;
        this.clock = clock;
    }

    /// @param plan of a pod that does not exist: it is never made
    /// @param field of the spec that the template is
    /// @return why there can be no pod of that plan; empty also for a plan without a template
    public Optional<Phase.Blocked> refusal(PodPlan plan, String field) {
        ObjectNode template = plan.template();
        if (template == null) {
            return Optional.empty();
        }
        return verdict(Key.of(plan, template), plan)
                .flatMap(Verdict::refusal)
                .map(why -> new Phase.Blocked(
                        REASON, "%s: %s. Pods that run stay as they are; mend the template".formatted(field, why)));
    }

    /// Empty if the server could not be asked: making the pod will tell.
    private Optional<Verdict> verdict(Key key, PodPlan plan) {
        Instant now = clock.instant();
        synchronized (verdicts) {
            Verdict known = verdicts.get(key);
            if (known != null && (known.refusal.isEmpty() || now.isBefore(known.time.plus(AGAIN)))) {
                return Optional.of(known);
            }
        }
        Verdict verdict;
        try {
            verdict = new Verdict(ask(plan), now);
        } catch (KubernetesClientException e) {
            LOG.atWarn().addKeyValue("pod", plan.key().name()).setCause(e).log("a template could not be checked");
            return Optional.empty();
        }
        synchronized (verdicts) {
            verdicts.put(key, verdict);
        }
        return Optional.of(verdict);
    }

    private Optional<String> ask(PodPlan plan) {
        Pod pod;
        try {
            pod = renderer.render(plan);
        } catch (IllegalArgumentException e) {
            return Optional.of("no pod template: " + e.getMessage());
        }
        try {
            client.resource(pod).dryRun(true).create();
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (Conflict.exists(e)) {
                return Optional.empty();
            }
            String message =
                    e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
            return switch (e.getCode()) {
                case BAD_REQUEST, FORBIDDEN, INVALID ->
                    Optional.of(String.valueOf(message)).filter(TemplateCheck::aboutTheTemplate);
                default -> throw e;
            };
        }
    }

    /// A quota that is used up now, and a webhook that knows no dry runs, say nothing about the template.
    private static boolean aboutTheTemplate(String message) {
        return !message.contains("exceeded quota") && !message.contains("does not support dry run");
    }
}
