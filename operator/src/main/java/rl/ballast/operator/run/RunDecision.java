package rl.ballast.operator.run;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.status.Phase;

/// What to do about a run, and where it is.
///
/// @param plan null if the spec was refused
/// @param learner null if no decision about pods was possible
/// @param engines null for a shared pool
/// @param wakeUp when to look again without an event
public record RunDecision(
        @Nullable RunPlan plan,
        @Nullable LearnerDecision learner,
        @Nullable EngineDecision engines,
        int enginesDesired,
        int enginesReady,
        Phase phase,
        Optional<Duration> wakeUp) {

    /// The same with another phase.
    RunDecision in(Phase other) {
        return new RunDecision(plan, learner, engines, enginesDesired, enginesReady, other, wakeUp);
    }

    RunDecision wakingUpAfter(Duration wait) {
        return new RunDecision(plan, learner, engines, enginesDesired, enginesReady, phase, Optional.of(wait));
    }
}
