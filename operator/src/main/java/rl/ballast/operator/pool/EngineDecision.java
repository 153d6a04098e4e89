package rl.ballast.operator.pool;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
/// @param trouble of an engine that does not come up; null if there is none
/// @param wakeUp when to look again without an event
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
        @Nullable String trouble,
        Optional<Duration> wakeUp) {
    public EngineDecision {
        create = List.copyOf(create);
        delete = List.copyOf(delete);
        roll = List.copyOf(roll);
    }

    /// What is still done while the server takes no pods: those that serve stay.
    public EngineDecision withheld(Phase.Blocked why) {
        return new EngineDecision(
                List.of(), delete, List.of(), ready, present, outdated, restarts, why, waiting, trouble, wakeUp);
    }

    /// @param endedBefore how many before it, one after another, ended by themselves
    public record Start(int index, int attempt, int endedBefore) {
        /// Of a pod that is never made.
        public static final Start NONE = new Start(0, 0);

        public Start(int index, int attempt) {
            this(index, attempt, 0);
        }
    }
}
