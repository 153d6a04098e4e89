package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static rl.ballast.operator.run.Observation.condition;
import static rl.ballast.operator.run.Observation.engine;
import static rl.ballast.operator.run.Observation.learner;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.protocol.wire.LastWord;

/// `WeightsCurrent` from the versions that engines serve, `TracesHealthy` from what the learner says of the traces.
class RunStatusBuilderTest {
    private static final PodState UP = new PodState.Running(true, null);
    private static final PodState DOWN = new PodState.Running(false, null);

    @ParameterizedTest
    @CsvSource({
        // Allowed, phase of the learner, newest, served, reporting of 2.
        "0, generate, 9, 9, 2, True Current",
        "0, update, 9, 8, 2, False Behind",
        // One behind is a swap that is going on, or an engine that stays behind.
        "0, publish, 9, 8, 2, True Current",
        "0, announce, 9, 8, 2, True Current",
        "0, announce, 9, 7, 2, False Behind",
        "0, generate, 9, 8, 2, False Behind",
        // What the run allows is not behind.
        "1, generate, 9, 8, 2, True Current",
        "3, generate, 9, 6, 2, True Current",
        "3, generate, 9, 5, 2, False Behind",
        // An engine may know a version before the learner's progress says it.
        "0, generate, 9, 10, 2, True Current",
        // Nobody knows what the other serves.
        "0, generate, 9, 9, 1, Unknown NotReported",
        "0, generate, 9, 7, 1, False Behind",
    })
    void enginesMayBeAsFarBehindAsTheRunAllows(
            int allowed, String phase, long newest, long served, int reporting, String expected) {
        String said = progress(phase, newest, served, reporting);
        // No learner trains with a lag yet, so that the decision is one about a run without.
        RLRunStatus status = RunStatusBuilder.build(
                running(allowed).said(said).observed(), running(0).said(said).decide());

        assertThat(condition(status, ConditionType.WeightsCurrent)).isEqualTo(expected);
        assertThat(message(status))
                .isEqualTo("newest version %d, oldest served %d, %d of 2 engines report"
                        .formatted(newest, served, reporting));
    }

    @Test
    void enginesThatHaveReportedNothingAreNotKnown() {
        RLRunStatus status = running(0).said("""
                {"phase": "announce", "step": 0, "steps": 60, "epoch": 1, "policyVersion": 1,
                 "engines": {"served": null, "reporting": 0, "known": 2}}""").build();

        assertThat(condition(status, ConditionType.WeightsCurrent)).isEqualTo("Unknown NotReported");
        assertThat(message(status)).isEqualTo("no engine has reported a version yet");
    }

    @Test
    void nothingIsSaidOfARunThatHasPublishedNothing() {
        assertThat(condition(running(0).build(), ConditionType.WeightsCurrent)).isEmpty();
        assertThat(condition(
                        running(0)
                                .said("{\"phase\": \"cold_start\", \"step\": 0, \"steps\": 60, \"epoch\": 1}")
                                .build(),
                        ConditionType.WeightsCurrent))
                .isEmpty();
    }

    /// The last answer is still there, and old.
    @Test
    void whatEnginesServeIsNotKnownWithoutALearnerThatAnswers() {
        String current = progress("generate", 9, 9, 2);
        RLRunStatus before = running(0).said(current).build();
        assertThat(condition(before, ConditionType.WeightsCurrent)).isEqualTo("True Current");
        Observation later = running(0).said(current).before(before);

        assertThat(weights(later.pods(learner(1, DOWN), engine(0, UP)))).isEqualTo("Unknown NoAnswer");
        assertThat(weights(later.pods(learner(1, new PodState.Terminating()), engine(0, UP))))
                .isEqualTo("Unknown NoAnswer");
        assertThat(weights(later.fallenSilent())).as("ready, and silent").isEqualTo("Unknown NoAnswer");
        assertThat(later.fallenSilent().build().policyVersion()).isEqualTo(9);
        assertThat(weights(later.pods(learner(1, UP), engine(0, DOWN)))).isEqualTo("Unknown NoEngine");
        Observation suspended = Observation.of(spec -> spec.put("suspend", true))
                .attempt(1, List.of())
                .said(current)
                .before(before);
        assertThat(weights(suspended)).isEqualTo("Unknown NoAnswer");
    }

    @Test
    void anOperatorThatHasJustStartedLeavesWhatIsThere() {
        RLRunStatus before = running(0).said(progress("generate", 9, 9, 2)).build();

        assertThat(weights(running(0).before(before))).isEqualTo("True Current");
        assertThat(weights(running(0).before(before).fallenSilent()))
                .as("it has asked, several times")
                .isEqualTo("Unknown NoAnswer");
    }

    @Test
    void theEndOfARunLeavesItsWeightsAsTheyWere() {
        String current = progress("generate", 60, 60, 2);
        RLRunStatus before = running(0).said(current).build();
        var word = new LastWord(0, "COMPLETE", true, 60, 61L, "trained", null);
        RLRunStatus done = running(0)
                .said(current)
                .before(before)
                .pods(learner(1, new PodState.Succeeded(word)))
                .build();

        assertThat(condition(done, ConditionType.Complete)).isEqualTo("True Complete");
        assertThat(condition(done, ConditionType.WeightsCurrent)).isEqualTo("True Current");
    }

    @Test
    void damagedTracesAreSaidWhileTheyAreRecordedAgain() {
        RLRunStatus healthy = replay(null, "\"mode\": \"R3\", \"coverage\": 1.0, \"unknown\": {}");
        assertThat(traces(healthy))
                .isEqualTo("True Covered coverage 1.0000, unknown routes by reason: none, no checksum failed");

        // Before the step has a line of metrics, only the damage is known.
        RLRunStatus damaged = replay(healthy, "\"corruptTraces\": 2");
        assertThat(traces(damaged))
                .isEqualTo("False TraceCorrupt 2 trace files of the newest step failed their checksum;"
                        + " their groups are generated once more");
        assertThat(damaged.replay())
                .isNotNull()
                .satisfies(replay -> assertThat(replay.corruptTraces()).isEqualTo(2))
                .satisfies(replay -> assertThat(replay.mode()).isEqualTo("R3"));

        RLRunStatus again = replay(damaged, "\"mode\": \"R3\", \"coverage\": 1.0, \"unknown\": {}");
        assertThat(traces(again)).startsWith("True Covered");
        assertThat(again.replay()).isEqualTo(healthy.replay());
    }

    private static RLRunStatus replay(@Nullable RLRunStatus before, String fields) {
        return running(0).before(before).said("""
            {"phase": "generate", "step": 8, "steps": 60, "epoch": 1, "replay": {%s}}""".formatted(fields)).build();
    }

    private static String traces(RLRunStatus status) {
        return Conditions.find(status.conditions(), ConditionType.TracesHealthy)
                .map(found -> "%s %s %s".formatted(found.getStatus(), found.getReason(), found.getMessage()))
                .orElse("");
    }

    private static Observation running(int allowed) {
        return Observation.of(spec -> spec.withObject("/staleness").put("maxPolicyLag", allowed))
                .attempt(1, List.of())
                .pods(learner(1, UP), engine(0, UP));
    }

    private static String progress(String phase, long newest, long served, int reporting) {
        return """
            {"phase": "%s", "step": 8, "steps": 60, "epoch": 1, "policyVersion": %d,
             "engines": {"served": %d, "reporting": %d, "known": 2}}""".formatted(phase, newest, served, reporting);
    }

    private static String weights(Observation observation) {
        return condition(observation.build(), ConditionType.WeightsCurrent);
    }

    private static String message(RLRunStatus status) {
        return Conditions.find(status.conditions(), ConditionType.WeightsCurrent)
                .orElseThrow()
                .getMessage();
    }
}
