package rl.ballast.operator.run;

import static java.net.HttpURLConnection.HTTP_CONFLICT;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Applier;

/// Makes and updates the learner group and the pool of a run.
final class RunChildren {
    private final Applier applier;
    private final ChildRenderer renderer;
    private final KubernetesClient client;

    RunChildren(KubernetesClient client, Applier applier) {
        this.client = client;
        this.applier = applier;
        this.renderer = new ChildRenderer(client.getKubernetesSerialization());
    }

    /// @return what is observed, with the children as the server has them now
    RunObserved ensure(RunObserved observed, RunCaches caches) {
        Optional<LearnerGroup> group = applier.apply(renderer.group(observed.run()), observed.group())
                .map(written -> convert(written, LearnerGroup.class));
        group.ifPresent(written -> caches.wrote(LearnerGroup.class, written));
        Optional<RolloutPool> pool = observed.sharesPool() ? Optional.empty() : pool(observed);
        pool.ifPresent(written -> caches.wrote(RolloutPool.class, written));
        if (group.isEmpty() && pool.isEmpty()) {
            return observed;
        }
        return new RunObserved(
                observed.run(),
                observed.status(),
                group.orElse(observed.group()),
                observed.groupStatus(),
                pool.orElse(observed.pool()),
                observed.pods(),
                observed.service(),
                observed.policy(),
                observed.claim(),
                observed.budget(),
                observed.others(),
                observed.progress(),
                observed.silent(),
                observed.now());
    }

    private Optional<RolloutPool> pool(RunObserved observed) {
        RolloutPool there = observed.pool();
        boolean scaled = observed.spec().rollouts().scaling() != null;
        GenericKubernetesResource wanted = renderer.pool(observed.run(), !scaled || there == null);
        if (!scaled || there == null) {
            return applier.apply(wanted, there).map(written -> convert(written, RolloutPool.class));
        }
        if (applier.same(there, wanted)) {
            return Optional.empty();
        }
        // Whoever scales the pool owns the number: it is left as it is, and must not have changed meanwhile.
        try {
            return Optional.of(
                    convert(applier.write(renderer.keepingReplicas(wanted, there), true), RolloutPool.class));
        } catch (KubernetesClientException e) {
            if (e.getCode() == HTTP_CONFLICT) {
                return Optional.empty(); // it has: the event of that brings the run back here
            }
            throw e;
        }
    }

    private <T> T convert(GenericKubernetesResource written, Class<T> type) {
        return client.getKubernetesSerialization().convertValue(written, type);
    }
}
