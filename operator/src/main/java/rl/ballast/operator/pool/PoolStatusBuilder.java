package rl.ballast.operator.pool;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.StillLeaving;
import rl.ballast.operator.pods.PodReading;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;

/// The status of a pool. Pure.
public final class PoolStatusBuilder {
    /// Reasons of a pool on its way.
    private static final Set<String> ORDINARY = Set.of(
            "WaitingForEngines",
            "RollingUpdate",
            PodReading.VOLUME_PENDING,
            Handover.PHASE.reason(),
            StillLeaving.REASON);

    private PoolStatusBuilder() {}

    /// @param holder run that uses the pool; null while none does
    /// @param known where the pool is, if not what its engines say; null otherwise
    /// @param served oldest version that an engine serves; null while unknown
    public static RolloutPoolStatus build(
            RolloutPool pool,
            @Nullable RolloutPoolStatus before,
            EngineDecision engines,
            @Nullable RLRun holder,
            @Nullable Phase known,
            @Nullable Long served,
            Instant now) {
        Long generation = pool.getMetadata().getGeneration();
        Conditions conditions = new Conditions(before == null ? null : before.conditions(), generation, now);
        boolean suspended = pool.getSpec().suspend() && !(known instanceof Phase.Refused);
        (known == null || suspended ? phase(pool, engines, holder) : known).describe(conditions);
        return new RolloutPoolStatus(
                generation,
                conditions.list(),
                engines.present() + engines.create().size(),
                engines.ready(),
                "%s=%s,%s=%s".formatted(Labels.POOL, pool.getMetadata().getName(), Labels.ROLE, Role.ENGINE.word()),
                served,
                holder == null ? null : holder.getMetadata().getName(),
                holder == null ? null : holder.getMetadata().getUid(),
                engines.restarts());
    }

    /// What keeps engines of a pool away until somebody acts, as its status says.
    public static Optional<Phase> trouble(RolloutPool pool) {
        RolloutPoolStatus status = pool.getStatus();
        if (status == null || status.observedGeneration() == null) {
            return Optional.empty();
        }
        return Conditions.find(status.conditions(), ConditionType.Ready)
                .filter(ready -> "False".equals(ready.getStatus()))
                .filter(ready -> !ORDINARY.contains(ready.getReason()))
                .filter(_ -> !Conditions.isTrue(status.conditions(), ConditionType.Suspended))
                .map(ready -> new Phase.Blocked(
                        ready.getReason(),
                        "pool %s: %s".formatted(pool.getMetadata().getName(), ready.getMessage())));
    }

    private static Phase phase(RolloutPool pool, EngineDecision engines, @Nullable RLRun holder) {
        if (pool.getSpec().suspend()) {
            return new Phase.Suspended("Suspended", "no engines are wanted");
        }
        if (holder == null) {
            return new Phase.Ready("Idle", "no run uses the pool: its engines start with one");
        }
        if (engines.refused() != null) {
            return engines.refused();
        }
        int asked = pool.getSpec().replicas();
        int replicas = holder.getSpec().rollouts().allowed(asked);
        String limit = asked == replicas ? "" : "; asked for %d, rollouts.scaling allows %d".formatted(asked, replicas);
        PodState.Waiting waiting = engines.waiting();
        if (waiting != null && waiting.stuck()) {
            return new Phase.Blocked(waiting.reason(), waiting.message());
        }
        if (engines.outdated() > 0) {
            return new Phase.Progressing(
                    "RollingUpdate",
                    "%d of %d engines are to be replaced".formatted(engines.outdated(), replicas) + limit);
        }
        if (engines.ready() >= replicas) {
            return new Phase.Ready(
                    "EnginesReady", "%d of %d engines are ready".formatted(engines.ready(), replicas) + limit);
        }
        String trouble = engines.trouble();
        return trouble == null
                ? new Phase.Progressing(
                        "WaitingForEngines",
                        "%d of %d engines hold a verified policy version".formatted(engines.ready(), replicas) + limit)
                : new Phase.Blocked("EngineFailing", trouble);
    }
}
