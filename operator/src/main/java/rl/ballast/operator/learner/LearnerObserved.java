package rl.ballast.operator.learner;

import java.time.Instant;
import java.util.List;
import rl.ballast.crds.LearnerGroupStatus.Failure;
import rl.ballast.operator.pods.PodFacts;

/// Everything that the decision about a learner needs.
///
/// @param ranks pods of one attempt
/// @param wanted whether pods may run: false while suspended
/// @param enginesSuspended whether somebody wants no engine to answer
/// @param pods of the learner, of all attempts
/// @param revision of what a pod is made from now
/// @param attempt newest attempt on record
/// @param failures on record, oldest first
/// @param step newest trained step known
/// @param steps that the run asks for
/// @param limit counted failures without progress that are still forgiven
public record LearnerObserved(
        int ranks,
        boolean wanted,
        boolean enginesSuspended,
        List<PodFacts> pods,
        String revision,
        int attempt,
        List<Failure> failures,
        int step,
        int steps,
        int limit,
        RestartRules rules,
        Instant now) {
    public LearnerObserved {
        pods = List.copyOf(pods);
        failures = List.copyOf(failures);
    }
}
