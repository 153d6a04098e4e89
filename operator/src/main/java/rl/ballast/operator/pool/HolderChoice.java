package rl.ballast.operator.pool;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Which run uses a shared pool: the one that has it, while it goes on; else the oldest that wants it. Pure.
final class HolderChoice {
    private HolderChoice() {}

    /// @param runs that name the pool
    /// @param holder UID of the run that has it now
    static Optional<RLRun> of(Collection<RLRun> runs, @Nullable String holder) {
        Optional<RLRun> keeps = runs.stream()
                .filter(HolderChoice::wants)
                .filter(run -> run.getMetadata().getUid().equals(holder))
                .findFirst();
        return keeps.isPresent()
                ? keeps
                : runs.stream()
                        .filter(HolderChoice::wants)
                        .min(Comparator.comparing(
                                        (RLRun run) -> run.getMetadata().getCreationTimestamp())
                                .thenComparing(run -> run.getMetadata().getName()));
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
