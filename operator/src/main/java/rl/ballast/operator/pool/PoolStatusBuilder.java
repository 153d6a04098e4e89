package rl.ballast.operator.pool;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;

/// The status of a pool. Pure.
public final class PoolStatusBuilder {
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
