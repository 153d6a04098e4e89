package rl.ballast.operator.learner;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.LearnerGroupStatus.Failure;

/// What to do about a learner.
///
/// @param attempt that runs now or is made now; 0 before the first
/// @param ranks of that attempt whose pods must be made
/// @param delete names of pods to delete
/// @param roll names of pods to delete for others in their place
/// @param failures to put on record before any pod is made
/// @param wakeUp when to look again without an event
public record LearnerDecision(
        int attempt,
        List<Integer> ranks,
        List<String> delete,
        List<String> roll,
        List<Failure> failures,
        Outcome outcome,
        Optional<Duration> wakeUp) {
    public LearnerDecision {
        ranks = List.copyOf(ranks);
        delete = List.copyOf(delete);
        roll = List.copyOf(roll);
        failures = List.copyOf(failures);
    }

    /// What is still done while the server takes no pods: the next attempt is made later.
    public LearnerDecision withheld() {
        return new LearnerDecision(
                ranks.isEmpty() ? attempt : attempt - 1, List.of(), delete, List.of(), failures, outcome, wakeUp);
    }

    /// The same that gives up nothing unless its pods can be made.
    LearnerDecision rolling() {
        return new LearnerDecision(attempt, ranks, List.of(), delete, failures, outcome, wakeUp);
    }

    /// Starts that followed a failure, with the one that is decided here.
    ///
    /// @param before status of the group, which counts the failures of all attempts before its newest
    public int restarts(@Nullable LearnerGroupStatus before) {
        int counted = before == null || before.restarts() == null ? 0 : before.restarts();
        int newest = before == null || before.attempt() == null ? 0 : before.attempt();
        return counted
                + (int) failures.stream()
                        .filter(failure -> failure.attempt() >= newest && failure.attempt() < attempt)
                        .count();
    }

    /// How the learner is doing.
    public sealed interface Outcome {
        /// No pods are wanted.
        record Suspended() implements Outcome {}

        /// @param reason why the first waiting pod waits
        record Waiting(String reason, String message, boolean stuck) implements Outcome {}

        /// Every rank runs; `ready` by its probe.
        record Running(boolean ready) implements Outcome {}

        /// A failure was recorded and the next attempt follows.
        record Restarting(String reason, String message) implements Outcome {}

        record Complete() implements Outcome {}

        /// No further attempt.
        record Failed(String reason, String message) implements Outcome {}
    }
}
