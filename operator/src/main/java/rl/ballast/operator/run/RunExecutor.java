package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.objects.Applier;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pods.PodWriter;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.Phase;
import rl.ballast.operator.store.ClaimWriter;

/// Carries out a decision: objects first, then pods.
final class RunExecutor {
    private final OperatorSettings settings;
    private final Applier applier;
    private final Tokens tokens;
    private final PodWriter writer;
    private final TemplateCheck templates;
    private final RunPods pods;
    private final RunObjects objects;
    private final ClaimWriter claims;

    RunExecutor(
            KubernetesClient client,
            OperatorSettings settings,
            Applier applier,
            Tokens tokens,
            TemplateCheck templates,
            Clock clock) {
        this.settings = settings;
        this.applier = applier;
        this.tokens = tokens;
        this.templates = templates;
        this.writer = new PodWriter(client, settings.pods().parallelWrites(), clock);
        this.pods = new RunPods(new PodRenderer(settings, client.getKubernetesSerialization()));
        this.objects = new RunObjects(settings);
        this.claims = new ClaimWriter(applier);
    }

    OperatorSettings settings() {
        return settings;
    }

    /// What pods share: service, claim, secret, network policy, disruption budget.
    ///
    /// @return what the server refuses of it
    Optional<ObjectRefused> shared(RunObserved observed, RunDecision decision, RunCaches caches) {
        boolean fresh = observed.service() == null;
        return ObjectRefused.ofAll(List.of(
                () -> applier.apply(objects.service(observed), observed.service())
                        .ifPresent(written -> caches.wrote(Service.class, written)),
                () -> claim(observed, caches),
                () -> secret(observed, fresh, decision.makesPods()),
                () -> objects.policy(observed)
                        .flatMap(policy -> applier.apply(policy, observed.policy()))
                        .ifPresent(written -> caches.wrote(NetworkPolicy.class, written)),
                () -> objects.budget(observed, decision)
                        .flatMap(budget -> applier.apply(budget, observed.budget()))
                        .ifPresent(written -> caches.wrote(PodDisruptionBudget.class, written))));
    }

    private void claim(RunObserved observed, RunCaches caches) {
        objects.claim(observed)
                .flatMap(claim -> claims.write(observed.run(), observed.spec().storage(), claim, observed.claim()))
                .ifPresent(written -> caches.wrote(PersistentVolumeClaim.class, written));
    }

    private void secret(RunObserved observed, boolean fresh, boolean starting) {
        RolloutPool pool = Objects.requireNonNull(observed.pool());
        Optional<String> poolToken = observed.sharesPool() ? tokens.token(Group.ofPool(pool)) : Optional.empty();
        String inputs =
                "%s/%d/%s".formatted(generations(observed, pool), objects.storeBytes(observed), poolToken.orElse(""));
        tokens.ensure(
                Group.ofRun(observed.run()),
                fresh,
                starting,
                inputs,
                own -> objects.files(observed, poolToken.orElse(own)));
    }

    /// Changes with what a person says of the run or its pool, and with the pool itself.
    private static String generations(RunObserved observed, RolloutPool pool) {
        return "%s/%d/%s/%s"
                .formatted(
                        observed.uid(),
                        observed.generation(),
                        pool.getMetadata().getUid(),
                        pool.getMetadata().getGeneration());
    }

    /// The decision without what the server would refuse: pods of a role whose template it does not take.
    RunDecision checked(RunObserved observed, RunDecision decision) {
        LearnerGroup group = observed.group();
        RolloutPool pool = observed.pool();
        if (group == null
                || pool == null
                || decision.learner() == null
                || decision.phase().terminal()) {
            return decision;
        }
        boolean wanted = !observed.spec().suspend();
        Optional<Phase.Blocked> learner = wanted && !observed.spec().learner().suspend()
                ? templates.refusal(RunPods.learner(observed, decision, group, pool, 0, 0), "spec.learner.template")
                : Optional.empty();
        Optional<Phase.Blocked> engines =
                wanted && decision.engines() != null && !pool.getSpec().suspend()
                        ? templates.refusal(
                                RunPods.engine(observed, decision, pool, EngineDecision.Start.NONE),
                                "spec.rollouts.template")
                        : Optional.empty();
        return decision.withheld(learner, engines);
    }

    /// @return the decision, without pods that the server has refused
    RunDecision pods(RunObserved observed, RunDecision decision, RunCaches caches) {
        LearnerGroup group = observed.group();
        RolloutPool pool = observed.pool();
        LearnerDecision learner = decision.learner();
        if (learner == null) {
            return decision;
        }
        RunDecision done = group == null || pool == null ? decision : made(observed, decision, group, pool, caches);
        List<String> delete = new ArrayList<>(learner.delete());
        delete.addAll(learner.roll());
        if (done.engines() != null) {
            delete.addAll(done.engines().delete());
            delete.addAll(done.engines().roll());
        }
        if (!delete.isEmpty()) {
            writer.delete(observed.namespace(), delete);
        }
        return done;
    }

    private RunDecision made(
            RunObserved observed, RunDecision decision, LearnerGroup group, RolloutPool pool, RunCaches caches) {
        Consumer<Pod> made = pod -> caches.wrote(Pod.class, pod);
        String key = generations(observed, pool);
        Optional<Phase.Blocked> refused =
                writer.create(key + "/learner", pods.learner(observed, decision, group, pool), made);
        if (refused.isPresent()) { // engines without a learner are of no use
            return decision.withheld(refused, refused);
        }
        return decision.withheld(
                Optional.empty(), writer.create(key + "/engines", pods.engines(observed, decision, pool), made));
    }
}
