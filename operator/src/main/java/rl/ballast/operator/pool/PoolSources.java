package rl.ballast.operator.pool;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelectorBuilder;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Set;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Labels;

/// What a pool of its own is reconciled for: its own changes, those of its objects, and of the runs that name it.
final class PoolSources {
    /// Objects of a pool that belongs to a run have the run's label and are the run's business.
    private static final String OWN = Labels.POOL + ",!" + Labels.RUN;
    /// Empty for a run with engines of its own.
    private static final String NAMED_POOL = "spec.rollouts.pool.name";

    private PoolSources() {}

    static List<EventSource<?, RolloutPool>> all(EventSourceContext<RolloutPool> context) {
        return List.of(
                labelled(Pod.class, context),
                labelled(Service.class, context),
                labelled(NetworkPolicy.class, context),
                labelled(PersistentVolumeClaim.class, context),
                labelled(PodDisruptionBudget.class, context),
                runs(context));
    }

    private static <R extends HasMetadata> EventSource<R, RolloutPool> labelled(
            Class<R> type, EventSourceContext<RolloutPool> context) {
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(type, RolloutPool.class)
                        .withName("pool-" + type.getSimpleName())
                        .withLabelSelector(OWN)
                        .withSecondaryToPrimaryMapper(object -> Set.of(new ResourceID(
                                object.getMetadata().getLabels().get(Labels.POOL),
                                object.getMetadata().getNamespace())))
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
    }

    private static EventSource<RLRun, RolloutPool> runs(EventSourceContext<RolloutPool> context) {
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(RLRun.class, RolloutPool.class)
                        .withName("pool-runs")
                        .withFieldSelector(new FieldSelectorBuilder()
                                .withoutField(NAMED_POOL, "")
                                .build())
                        .withSecondaryToPrimaryMapper(run -> {
                            var pool = run.getSpec().rollouts().pool();
                            return pool == null
                                    ? Set.of()
                                    : Set.of(new ResourceID(
                                            pool.name(), run.getMetadata().getNamespace()));
                        })
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
    }
}
