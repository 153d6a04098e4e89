package rl.ballast.operator.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.status.Phase;

/// What to do about a pool's pods.
///
/// @param create index and attempt of pods to make
/// @param delete names of pods that are not wanted any more
/// @param roll names of outdated pods to delete now, for others in their place
/// @param ready engines that answer with verified weights
/// @param present engines that exist and are not going
/// @param outdated engines that wait to be replaced
/// @param restarts of containers
/// @param refused why the server takes no pods; null if it does
/// @param waiting why the first engine that waits does
public record EngineDecision(
        List<Start> create,
        List<String> delete,
        List<String> roll,
        int ready,
        int present,
        int outdated,
        int restarts,
        Phase.@Nullable Blocked refused,
        PodState.@Nullable Waiting waiting,
        @Nullable String trouble) {
    public EngineDecision {
        create = List.copyOf(create);
        delete = List.copyOf(delete);
        roll = List.copyOf(roll);
    }

    /// What is still done while the server takes no pods: those that serve stay.
    public EngineDecision withheld(Phase.Blocked why) {
        return new EngineDecision(
                List.of(), delete, List.of(), ready, present, outdated, restarts, why, waiting, trouble);
    }

    public record Start(int index, int attempt) {
        /// Of a pod that is never made.
        public static final Start NONE = new Start(0, 0);
    }
}
