package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Labels;

/// What a run is reconciled for: its own changes, those of its objects, of the pool it names, and new progress.
final class RunSources {
    private static final String BY_POOL = "pool";

    private RunSources() {}

    static List<EventSource<?, RLRun>> all(
            EventSourceContext<RLRun> context, SimpleInboundEventSource<RLRun> progress) {
        context.getPrimaryCache().addIndexer(BY_POOL, run -> {
            var pool = run.getSpec().rollouts().pool();
            return pool == null ? List.of() : List.of(run.getMetadata().getNamespace() + "/" + pool.name());
        });
        return List.of(
                labelled(Pod.class, context),
                labelled(LearnerGroup.class, context),
                labelled(Service.class, context),
                labelled(NetworkPolicy.class, context),
                labelled(PersistentVolumeClaim.class, context),
                labelled(PodDisruptionBudget.class, context),
                pools(context),
                progress);
    }

    private static <R extends HasMetadata> EventSource<R, RLRun> labelled(
            Class<R> type, EventSourceContext<RLRun> context) {
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(type, RLRun.class)
                        .withName("run-" + type.getSimpleName())
                        .withLabelSelector(Labels.RUN)
                        .withSecondaryToPrimaryMapper(RunSources::labelledRun)
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
    }

    private static EventSource<RolloutPool, RLRun> pools(EventSourceContext<RLRun> context) {
        SecondaryToPrimaryMapper<RolloutPool> mapper = pool -> Stream.concat(
                        labelledRun(pool).stream(),
                        context
                                .getPrimaryCache()
                                .byIndex(
                                        BY_POOL,
                                        pool.getMetadata().getNamespace() + "/"
                                                + pool.getMetadata().getName())
                                .stream()
                                .map(ResourceID::fromResource))
                .collect(Collectors.toSet());
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(RolloutPool.class, RLRun.class)
                        .withName("run-pools")
                        .withSecondaryToPrimaryMapper(mapper)
                        .withPrimaryToSecondaryMapper((RLRun run) -> Set.of(new ResourceID(
                                RunInterpretation.poolName(run),
                                run.getMetadata().getNamespace())))
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
    }

    private static Set<ResourceID> labelledRun(HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        String run = labels == null ? null : labels.get(Labels.RUN);
        return run == null
                ? Set.of()
                : Set.of(new ResourceID(
                        run, Objects.requireNonNull(object.getMetadata().getNamespace())));
    }
}
