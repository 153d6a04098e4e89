package rl.ballast.operator.pool;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Which run uses a shared pool: the one that has it, while it can go on; else the oldest that wants it and can. Pure.
public final class HolderChoice {
    /// What keeps a run from its first pods, whether or not it has the pool.
    private static final Set<String> REFUSED = Set.of(TemplateCheck.REASON, ObjectRefused.REASON);

    private HolderChoice() {}

    /// @param runs that name the pool
    /// @param pool as it was; null before its first status
    static Optional<RLRun> of(Collection<RLRun> runs, @Nullable RolloutPoolStatus pool) {
        List<RLRun> able = runs.stream()
                .filter(HolderChoice::wants)
                .filter(HolderChoice::able)
                .toList();
        return able.stream()
                .filter(run -> holds(run, pool))
                .findFirst()
                .or(() -> able.stream()
                        .min(Comparator.comparing(
                                        (RLRun run) -> run.getMetadata().getCreationTimestamp())
                                .thenComparing(run -> run.getMetadata().getName())));
    }

    /// Whether a run has a pool. A status without a UID is of an earlier version of the operator.
    public static boolean holds(RLRun run, @Nullable RolloutPoolStatus pool) {
        if (pool == null) {
            return false;
        }
        return pool.heldByUid() == null
                ? run.getMetadata().getName().equals(pool.heldBy())
                : run.getMetadata().getUid().equals(pool.heldByUid());
    }

    /// One that cannot be carried out neither gets nor keeps the pool. It says so without the pool, too, so that two
    /// such runs do not pass it to and fro. One that is refused something only after it has started goes on as it
    /// is.
    private static boolean able(RLRun run) {
        RLRunStatus status = run.getStatus();
        if (status == null) {
            return true;
        }
        boolean refused = status.startTime() == null
                && Conditions.find(status.conditions(), ConditionType.Ready)
                        .filter(ready -> REFUSED.contains(ready.getReason()))
                        .isPresent();
        return !refused && !Conditions.isTrue(status.conditions(), ConditionType.Stalled);
    }

    /// A suspended run gives the pool away.
    private static boolean wants(RLRun run) {
        var conditions = run.getStatus() == null ? null : run.getStatus().conditions();
        return run.getMetadata().getDeletionTimestamp() == null
                && !run.getSpec().suspend()
                && !Conditions.isTrue(conditions, ConditionType.Complete)
                && !Conditions.isTrue(conditions, ConditionType.Failed);
    }
}
