package rl.ballast.operator.run;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RLRunStatus.Engines;
import rl.ballast.crds.RLRunStatus.LastCheckpoint;
import rl.ballast.crds.RLRunStatus.Replay;
import rl.ballast.crds.check.SpecWarnings;
import rl.ballast.crds.schema.Problem;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;
import rl.ballast.protocol.wire.LastWord;
import rl.ballast.protocol.wire.LearnerProgress;

/// The status of a run from what is observed and decided. Pure. Numbers that are not known now keep their last value.
final class RunStatusBuilder {
    private static final RLRunStatus NOTHING = new RLRunStatus(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    private final RunObserved observed;
    private final RunDecision decision;
    private final RLRunStatus before;
    private final @Nullable LearnerProgress progress;
    private final @Nullable LastWord word;

    private RunStatusBuilder(RunObserved observed, RunDecision decision) {
        this.observed = observed;
        this.decision = decision;
        this.before = observed.status() == null ? NOTHING : observed.status();
        // Of a run that had ended before, the status holds it already.
        this.word = decision.phase().terminal() && !observed.hasEnded()
                ? observed.lastWord().orElse(null)
                : null;
        this.progress = word != null && word.progress() != null
                ? word.progress()
                : observed.progress().orElse(null);
    }

    static RLRunStatus build(RunObserved observed, RunDecision decision) {
        return new RunStatusBuilder(observed, decision).build();
    }

    private RLRunStatus build() {
        return new RLRunStatus(
                observed.generation(),
                conditions().list(),
                step(),
                newest(
                        word == null ? null : word.policyVersion(),
                        newest(progress == null ? null : progress.policyVersion(), before.policyVersion())),
                progress == null ? before.epoch() : Integer.valueOf(RunObserved.epoch(progress)),
                newest(progress == null ? null : progress.largestLag(), before.largestLag()),
                newest(progress == null ? null : progress.reward(), before.reward()),
                newest(progress == null ? null : progress.evaluation(), before.evaluationScore()),
                newest(progress == null ? null : progress.mismatchK3(), before.mismatchKl()),
                newest(progress == null ? null : progress.entropy(), before.entropy()),
                replay(),
                newest(progress == null ? null : progress.traceBytes(), before.traceBytes()),
                new Engines(decision.enginesReady(), decision.enginesDesired()),
                decision.learner() == null
                        ? before.restarts()
                        : Integer.valueOf(decision.learner().restarts(observed.groupStatus())),
                checkpoint(),
                decision.plan() == null
                        ? before.specDigest()
                        : decision.plan().run().specDigest(),
                startTime(),
                before.completionTime() == null && decision.phase().terminal()
                        ? observed.now().toString()
                        : before.completionTime());
    }

    /// As of a Job, that of the last start: what was before a suspension does not count against the deadline.
    private @Nullable String startTime() {
        if (observed.spec().suspend() && !decision.phase().terminal()) {
            return null;
        }
        return before.startTime() == null && hasPods() ? observed.now().toString() : before.startTime();
    }

    private boolean hasPods() {
        return (decision.learner() != null && decision.learner().attempt() > 0)
                || (decision.engines() != null
                        && decision.engines().present()
                                        + decision.engines().create().size()
                                > 0);
    }

    private @Nullable Integer step() {
        int step = observed.step();
        return step == 0 && progress == null ? before.step() : Integer.valueOf(step);
    }

    private @Nullable Replay replay() {
        LearnerProgress.Replay said = progress == null ? null : progress.replay();
        if (said == null) {
            return before.replay();
        }
        Replay known = before.replay() == null ? new Replay(null, null, null, null, null) : before.replay();
        return new Replay(
                newest(Conditions.cut(said.mode(), 16), known.mode()),
                newest(Conditions.cut(said.reason(), 1024), known.reason()),
                newest(said.coverage(), known.coverage()),
                newest(said.disagreement(), known.disagreement()),
                said.corruptTraces());
    }

    private @Nullable LastCheckpoint checkpoint() {
        return progress == null || progress.checkpointStep() == null
                ? before.lastCheckpoint()
                : new LastCheckpoint(progress.checkpointStep(), Conditions.cut(progress.checkpointTime(), 64));
    }

    private Conditions conditions() {
        Phase phase = decision.phase();
        Conditions conditions = new Conditions(before.conditions(), observed.generation(), observed.now());
        accepted(conditions, phase);
        phase.describe(conditions);
        conditions.set(
                ConditionType.Complete,
                phase instanceof Phase.Complete,
                phase instanceof Phase.Complete ? phase.reason() : "NotComplete",
                phase instanceof Phase.Complete ? phase.message() : "");
        conditions.set(
                ConditionType.Failed,
                phase instanceof Phase.Failed,
                phase instanceof Phase.Failed ? phase.reason() : "NotFailed",
                phase instanceof Phase.Failed ? phase.message() : "");
        RunHealth.describe(conditions, observed, decision, progress);
        return conditions;
    }

    private void accepted(Conditions conditions, Phase phase) {
        if (phase instanceof Phase.Refused) {
            conditions.set(ConditionType.Accepted, false, phase.reason(), phase.message());
            return;
        }
        List<Problem> warnings = SpecWarnings.of(observed.spec());
        String text = warnings.stream()
                .map(problem -> problem.path() + ": " + problem.message())
                .collect(Collectors.joining("; "));
        conditions.set(ConditionType.Accepted, true, text.isEmpty() ? "Accepted" : "AcceptedWithWarnings", text);
    }

    private static <T> @Nullable T newest(@Nullable T now, @Nullable T before) {
        return now == null ? before : now;
    }
}
