package rl.ballast.operator.run;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.pods.Departure;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.status.Phase;

/// What to do about a run, and where it is.
///
/// @param plan null if nothing may be made: the spec is refused, or another's objects are in the way
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

    /// After this long the server is asked again for what it has refused.
    private static final Duration AGAIN = TemplateCheck.AGAIN;

    /// Nothing is made or taken away.
    static RunDecision idle(Phase phase, Optional<Duration> wakeUp) {
        return new RunDecision(null, null, null, 0, 0, phase, wakeUp);
    }

    /// Whether pods and objects may be made.
    boolean acts() {
        return plan != null;
    }

    /// Whether pods are to be made.
    boolean makesPods() {
        return (learner != null && !learner.ranks().isEmpty())
                || (engines != null && !engines.create().isEmpty());
    }

    /// The same without pods of a role that the server refuses. A role that is suspended stays so.
    RunDecision withheld(Optional<Phase.Blocked> ofLearner, Optional<Phase.Blocked> ofEngines) {
        if (ofLearner.isEmpty() && ofEngines.isEmpty()) {
            return this;
        }
        return new RunDecision(
                plan,
                learner == null || ofLearner.isEmpty() ? learner : learner.withheld(),
                engines == null || ofEngines.isEmpty() ? engines : engines.withheld(ofEngines.get()),
                enginesDesired,
                enginesReady,
                phase instanceof Phase.Suspended
                        ? phase
                        : ofLearner.or(() -> ofEngines).get(),
                Optional.of(sooner(AGAIN)));
    }

    /// The same, held up by what a person may have to change. What is suspended stays so.
    RunDecision blocked(Phase.Blocked why) {
        return new RunDecision(
                plan,
                learner,
                engines,
                enginesDesired,
                enginesReady,
                phase instanceof Phase.Suspended ? phase : why,
                Optional.of(sooner(AGAIN)));
    }

    /// The same for a spec that cannot be carried out as things are; nothing is made.
    RunDecision refused(Phase.Refused why) {
        return held(why, AGAIN);
    }

    /// The same while an object of an earlier run is in the way; nothing is made.
    RunDecision waiting(Phase.Progressing why) {
        return held(why, Departure.LOOK);
    }

    private RunDecision held(Phase why, Duration again) {
        Optional<Phase.Blocked> nothing = Optional.of(new Phase.Blocked(why.reason(), why.message()));
        RunDecision without = withheld(nothing, nothing);
        return new RunDecision(
                plan, without.learner, without.engines, enginesDesired, enginesReady, why, Optional.of(sooner(again)));
    }

    private Duration sooner(Duration wait) {
        return wakeUp.filter(known -> known.compareTo(wait) < 0).orElse(wait);
    }
}
