package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.status.StatusBook;
import rl.ballast.protocol.wire.LearnerProgress;

/// Reads what is known of a run from the caches, and tells them what was just written.
final class RunCaches {
    private final Context<RLRun> context;

    RunCaches(Context<RLRun> context) {
        this.context = context;
    }

    RunObserved observe(
            RLRun run,
            StatusBook<RLRunStatus> runs,
            StatusBook<LearnerGroupStatus> groups,
            Optional<LearnerProgress> progress,
            Instant now) {
        String name = run.getMetadata().getName();
        LearnerGroup group = one(LearnerGroup.class);
        return new RunObserved(
                run,
                runs.newest(run, run.getStatus()),
                group,
                group == null ? null : groups.newest(group, group.getStatus()),
                one(RolloutPool.class),
                context.getSecondaryResourcesAsStream(Pod.class)
                        .map(pod -> PodFacts.of(name, pod))
                        .toList(),
                one(Service.class),
                one(NetworkPolicy.class),
                one(PersistentVolumeClaim.class),
                one(PodDisruptionBudget.class),
                progress,
                now);
    }

    private <T extends HasMetadata> @Nullable T one(Class<T> type) {
        return context.getSecondaryResourcesAsStream(type)
                .filter(object -> object.getMetadata().getDeletionTimestamp() == null)
                .findFirst()
                .orElse(null);
    }

    /// Makes an own write visible at once: the next reconciliation must not repeat it.
    <T extends HasMetadata> void wrote(Class<T> type, T object) {
        EventSource<T, RLRun> source = context.eventSourceRetriever().getEventSourceFor(type);
        if (source instanceof InformerEventSource<T, RLRun> informer) {
            informer.handleRecentResourceCreate(ResourceID.fromResource(object), object);
        }
    }
}
