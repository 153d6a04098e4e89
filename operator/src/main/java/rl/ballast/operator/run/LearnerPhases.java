package rl.ballast.operator.run;

import rl.ballast.operator.learner.LearnerDecision.Outcome;
import rl.ballast.operator.status.Phase;

/// Where a learner group is. Pure.
final class LearnerPhases {
    private LearnerPhases() {}

    static Phase of(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Suspended _ -> new Phase.Suspended("Suspended", "no pods are wanted");
            case Outcome.Waiting(String reason, String message, boolean stuck) ->
                stuck ? new Phase.Blocked(reason, message) : new Phase.Progressing("Starting", message);
            case Outcome.Running(boolean ready) ->
                ready
                        ? new Phase.Ready("Running", "every rank is ready")
                        : new Phase.Progressing("Starting", "not every rank is ready");
            case Outcome.Restarting(String reason, String message) ->
                new Phase.Progressing("Restarting", "%s: %s".formatted(reason, message));
            case Outcome.Complete _ -> new Phase.Complete("Complete", "the learner has ended with success");
            case Outcome.Failed(String reason, String message) -> new Phase.Failed(reason, message);
        };
    }
}
