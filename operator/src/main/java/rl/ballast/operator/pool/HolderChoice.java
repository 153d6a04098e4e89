package rl.ballast.operator.pool;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Which run uses a shared pool: the one that has it, while it goes on; else the oldest that wants it. Pure.
public final class HolderChoice {
    private static final String INVALID = "InvalidSpec";

    private HolderChoice() {}

    /// @param runs that name the pool
    /// @param pool as it was; null before its first status
    static Optional<RLRun> of(Collection<RLRun> runs, @Nullable RolloutPoolStatus pool) {
        Optional<RLRun> keeps = runs.stream()
                .filter(HolderChoice::wants)
                .filter(run -> holds(run, pool))
                .findFirst();
        return keeps.isPresent()
                ? keeps
                : runs.stream()
                        .filter(HolderChoice::wants)
                        .filter(HolderChoice::valid)
                        .min(Comparator.comparing(
                                        (RLRun run) -> run.getMetadata().getCreationTimestamp())
                                .thenComparing(run -> run.getMetadata().getName()));
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

    /// One that cannot be carried out does not get the pool.
    private static boolean valid(RLRun run) {
        return run.getStatus() == null
                || Conditions.find(run.getStatus().conditions(), ConditionType.Accepted)
                        .filter(accepted -> INVALID.equals(accepted.getReason()))
                        .isEmpty();
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
