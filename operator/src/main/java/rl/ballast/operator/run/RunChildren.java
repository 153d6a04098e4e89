package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Applier;

/// Makes and updates the learner group and the pool of a run.
final class RunChildren {
    /// Sets a replica count once; whoever scales the pool later owns it.
    private static final String INITIAL_MANAGER = "ballast-operator-initial";

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
                observed.progress(),
                observed.now());
    }

    private Optional<RolloutPool> pool(RunObserved observed) {
        boolean scaled = observed.spec().rollouts().scaling() != null;
        GenericKubernetesResource wanted = renderer.pool(observed.run(), !scaled);
        if (scaled && observed.pool() == null) {
            RolloutPool started =
                    convert(applier.start(renderer.firstPool(observed.run()), INITIAL_MANAGER), RolloutPool.class);
            return Optional.of(applier.apply(wanted, started)
                    .map(written -> convert(written, RolloutPool.class))
                    .orElse(started));
        }
        return applier.apply(wanted, observed.pool()).map(written -> convert(written, RolloutPool.class));
    }

    private <T> T convert(GenericKubernetesResource written, Class<T> type) {
        return client.getKubernetesSerialization().convertValue(written, type);
    }
}
