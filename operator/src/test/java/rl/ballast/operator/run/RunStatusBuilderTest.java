package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.file.RunFile;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;
import rl.ballast.protocol.wire.LearnerProgress;

/// `WeightsCurrent` from the versions that engines serve, `TracesHealthy` from what the learner says of the traces.
class RunStatusBuilderTest {
    private static final Path RUN = Path.of("src/test/golden/quickstart/rlrun.yaml");

    @ParameterizedTest
    @CsvSource({
        // One behind is a swap that is going on.
        "0, 9, 9, True Current",
        "0, 9, 8, True Current",
        "0, 9, 7, False Behind",
        "1, 9, 8, True Current",
        "1, 9, 7, False Behind",
        // What the run allows is not behind.
        "3, 9, 6, True Current",
        "3, 9, 5, False Behind",
        // An engine may know a version before the learner's progress says it.
        "0, 9, 10, True Current",
    })
    void enginesMayBeAsFarBehindAsTheRunAllows(int allowed, long newest, long served, String expected) {
        Condition condition = weights(
                        status(allowed, null, progress(newest, new LearnerProgress.Engines(served, 2, 3))))
                .orElseThrow();

        assertThat(condition.getStatus() + " " + condition.getReason()).isEqualTo(expected);
        assertThat(condition.getMessage())
                .isEqualTo("newest version %d, oldest served %d, 2 of 3 engines report".formatted(newest, served));
    }

    @Test
    void enginesThatHaveReportedNothingAreBehind() {
        assertThat(weights(status(0, null, progress(1L, new LearnerProgress.Engines(null, 0, 1)))))
                .hasValueSatisfying(condition -> {
                    assertThat(condition.getReason()).isEqualTo("Behind");
                    assertThat(condition.getMessage()).isEqualTo("no engine has reported a version yet");
                });
    }

    @Test
    void whatIsNotSaidNowStaysAsItWas() {
        assertThat(weights(status(0, null, null))).isEmpty();
        assertThat(weights(status(0, null, progress(null, null)))).isEmpty();

        RLRunStatus behind = status(0, null, progress(9L, new LearnerProgress.Engines(7L, 1, 1)));
        assertThat(weights(status(0, behind, null))).isEqualTo(weights(behind));
        assertThat(weights(status(0, behind, progress(null, null)))).isEqualTo(weights(behind));
    }

    @Test
    void damagedTracesAreSaidWhileTheyAreRecordedAgain() {
        RLRunStatus healthy = status(0, null, replay(new LearnerProgress.Replay("R3", "why", 1.0, 0.1, Map.of(), 0)));
        assertThat(traces(healthy))
                .isEqualTo("True Covered coverage 1.0000, unknown routes by reason: none, no checksum failed");

        // Before the step has a line of metrics, only the damage is known.
        RLRunStatus damaged = status(0, healthy, replay(new LearnerProgress.Replay(null, null, null, null, null, 2)));
        assertThat(traces(damaged))
                .isEqualTo("False TraceCorrupt 2 trace files of the newest step failed their checksum;"
                        + " their groups are generated once more");
        assertThat(damaged.replay()).isEqualTo(new RLRunStatus.Replay("R3", "why", 1.0, 0.1, 2));

        RLRunStatus again = status(0, damaged, replay(new LearnerProgress.Replay("R3", "why", 1.0, 0.1, Map.of(), 0)));
        assertThat(traces(again)).startsWith("True Covered");
        assertThat(again.replay()).isEqualTo(healthy.replay());
    }

    private static String traces(RLRunStatus status) {
        Condition condition = Conditions.find(status.conditions(), ConditionType.TracesHealthy)
                .orElseThrow();
        return "%s %s %s".formatted(condition.getStatus(), condition.getReason(), condition.getMessage());
    }

    private static Optional<Condition> weights(RLRunStatus status) {
        return Conditions.find(status.conditions(), ConditionType.WeightsCurrent);
    }

    private static RLRunStatus status(int allowed, @Nullable RLRunStatus before, @Nullable LearnerProgress progress) {
        ObjectNode json = RunFile.read(RUN).json();
        json.withObject("/spec/staleness").put("maxPolicyLag", allowed);
        RLRun run = new KubernetesSerialization().convertValue(json, RLRun.class);
        run.getMetadata().setGeneration(1L);
        return RunStatusBuilder.build(
                new RunObserved(
                        run,
                        before,
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        null,
                        null,
                        null,
                        Others.NONE,
                        Optional.ofNullable(progress),
                        Instant.parse("2026-01-01T00:00:00Z")),
                new RunDecision(null, null, null, 1, 1, new Phase.Ready("Running", "all is well"), Optional.empty()));
    }

    private static LearnerProgress progress(@Nullable Long newest, LearnerProgress.@Nullable Engines engines) {
        return progress(newest, engines, null);
    }

    private static LearnerProgress replay(LearnerProgress.Replay replay) {
        return progress(9L, null, replay);
    }

    private static LearnerProgress progress(
            @Nullable Long newest, LearnerProgress.@Nullable Engines engines, LearnerProgress.@Nullable Replay replay) {
        return new LearnerProgress(
                "generate",
                8,
                60,
                1,
                newest,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                replay,
                null,
                engines,
                null,
                null,
                null,
                null,
                null,
                null);
    }
}
