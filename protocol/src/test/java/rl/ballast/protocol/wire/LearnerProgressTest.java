package rl.ballast.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What another process says of itself may be anything.
class LearnerProgressTest {
    @Test
    void whatIsNoFiniteNumberHasNotBeenMeasured() throws JsonProcessingException {
        LearnerProgress progress = read("""
                {"phase": "generate", "step": 1, "steps": 9, "epoch": 1, "reward": "NaN", "evaluation": 1e999,
                 "mismatchK3": "-Infinity", "entropy": 0.5, "clipFraction": "NaN", "tokensPerSecond": "NaN",
                 "etaSeconds": "Infinity", "replay": {"coverage": "NaN", "disagreement": "NaN"},
                 "coldStart": {"update": 1, "updates": 2, "loss": "NaN"}}""");

        assertThat(progress.reward()).isNull();
        assertThat(progress.evaluation()).isNull();
        assertThat(progress.mismatchK3()).isNull();
        assertThat(progress.entropy()).isEqualTo(0.5);
        assertThat(progress.clipFraction()).isNull();
        assertThat(progress.tokensPerSecond()).isNull();
        assertThat(progress.etaSeconds()).isNull();
        LearnerProgress.Replay replay = Objects.requireNonNull(progress.replay());
        assertThat(replay.coverage()).isNull();
        assertThat(replay.disagreement()).isNull();
        assertThat(Objects.requireNonNull(progress.coldStart()).loss()).isNull();
        assertThat(WireJson.answers().writeValueAsString(progress)).doesNotContain("NaN", "Infinity");
    }

    @Test
    void whatIsMissingBreaksNothing() throws JsonProcessingException {
        LearnerProgress progress = read("{\"stability\": {\"stable\": false}}");

        assertThat(progress.beforeFirstWeights()).hasValue("unknown");
        assertThat(progress.stability())
                .as("a verdict without a reason is none")
                .isNull();
    }

    private static LearnerProgress read(String json) throws JsonProcessingException {
        return WireJson.reports().readValue(json, LearnerProgress.class);
    }
}
