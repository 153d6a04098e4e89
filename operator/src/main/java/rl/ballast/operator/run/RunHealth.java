package rl.ballast.operator.run;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.learner.FailureReasons;
import rl.ballast.operator.learner.LearnerDecision.Outcome;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;
import rl.ballast.protocol.objective.WarningSigns;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.LearnerProgress;

/// What a learner's measurements say of weights, traces and policy. Pure. Traces and policy are judged by the newest
/// step, so that their verdict stands until the next; what engines serve is known only while the learner answers.
final class RunHealth {
    /// Phases of the learner in which engines go from one version to the next.
    private static final Set<String> SWAP = Set.of("publish", "announce");

    private final Conditions conditions;
    private final RunObserved observed;
    private final RunDecision decision;
    private final @Nullable LearnerProgress progress;

    private RunHealth(
            Conditions conditions, RunObserved observed, RunDecision decision, @Nullable LearnerProgress progress) {
        this.conditions = conditions;
        this.observed = observed;
        this.decision = decision;
        this.progress = progress;
    }

    /// @param progress last measurements; null without new ones
    static void describe(
            Conditions conditions, RunObserved observed, RunDecision decision, @Nullable LearnerProgress progress) {
        var health = new RunHealth(conditions, observed, decision, progress);
        health.weights();
        health.traces();
        health.stability();
    }

    private void weights() {
        boolean notAskedYet = progress == null && answers();
        if (decision.phase().terminal() || notAskedYet) {
            conditions.keep(ConditionType.WeightsCurrent);
            return;
        }
        LearnerProgress said = answers() ? progress : null;
        Long newest = said == null ? null : said.policyVersion();
        if (said == null || newest == null || said.engines() == null) {
            unknownNow("NoAnswer", "the learner does not say what the engines serve");
        } else if (decision.enginesReady() == 0) {
            unknownNow("NoEngine", "no engine is ready");
        } else {
            weights(newest, said.engines(), SWAP.contains(said.phase()) ? 1 : 0);
        }
    }

    private boolean answers() {
        return !observed.silent()
                && decision.learner() != null
                && decision.learner().outcome() instanceof Outcome.Running(boolean ready)
                && ready;
    }

    /// Nothing is said of a run that has not come so far yet.
    private void unknownNow(String reason, String message) {
        var before = observed.status() == null ? null : observed.status().conditions();
        if (Conditions.find(before, ConditionType.WeightsCurrent).isPresent()) {
            conditions.unknown(ConditionType.WeightsCurrent, reason, message);
        }
    }

    /// @param swap versions by which engines may be behind for the moment
    private void weights(long newest, LearnerProgress.Engines engines, int swap) {
        Long served = engines.served();
        if (served == null) {
            conditions.unknown(ConditionType.WeightsCurrent, "NotReported", "no engine has reported a version yet");
            return;
        }
        String message = "newest version %d, oldest served %d, %d of %d engines report"
                .formatted(newest, served, engines.reporting(), engines.known());
        if (newest - served > observed.spec().staleness().maxPolicyLag() + swap) {
            conditions.set(ConditionType.WeightsCurrent, false, "Behind", message);
        } else if (engines.reporting() < engines.known()) {
            conditions.unknown(ConditionType.WeightsCurrent, "NotReported", message);
        } else {
            conditions.set(ConditionType.WeightsCurrent, true, "Current", message);
        }
    }

    /// False where a warning sign of a collapse shows.
    private void stability() {
        WarningSigns.Verdict verdict = progress == null ? null : progress.stability();
        if (verdict == null) {
            conditions.keep(ConditionType.PolicyStable);
            return;
        }
        conditions.set(ConditionType.PolicyStable, verdict.stable(), verdict.reason(), verdict.message());
    }

    private void traces() {
        if (decision.phase() instanceof Phase.Failed(String reason, String message)
                && FailureReasons.OF_TRACES.contains(reason)) {
            conditions.set(ConditionType.TracesHealthy, false, reason, message);
            return;
        }
        LearnerProgress.Replay said = progress == null ? null : progress.replay();
        if (said != null && said.corruptTraces() > 0) {
            conditions.set(
                    ConditionType.TracesHealthy,
                    false,
                    FailureReasons.of(ExitCode.TRACE_CORRUPT),
                    "%d trace files of the newest step failed their checksum; their groups are generated once more"
                            .formatted(said.corruptTraces()));
            return;
        }
        if (said == null || said.coverage() == null) {
            conditions.keep(ConditionType.TracesHealthy);
            return;
        }
        boolean whole = said.coverage() >= 1 - observed.spec().recipe().replay().maxUnknownFraction();
        String unknown = said.unknown() == null || said.unknown().isEmpty()
                ? "none"
                : said.unknown().toString();
        conditions.set(
                ConditionType.TracesHealthy,
                whole,
                whole ? "Covered" : "RoutesMissing",
                "coverage %.4f, unknown routes by reason: %s, no checksum failed".formatted(said.coverage(), unknown));
    }
}
