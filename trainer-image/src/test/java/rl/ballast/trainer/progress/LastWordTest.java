package rl.ballast.trainer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.LastWord;

class LastWordTest {
    @Test
    void itIsSmallWhateverTheMessage() throws IOException {
        for (String message : new String[] {"\u0001".repeat(9_000), "\uD83D\uDE00".repeat(5_000), "x".repeat(9_000)}) {
            byte[] json = LastWord.of(ExitCode.NUMERICS, 7, 3L, message).toJson();
            assertThat(json.length).isLessThan(4_096);
            assertThat(new ObjectMapper().readTree(json).get("step").asInt()).isEqualTo(7);
        }
    }

    @Test
    void itSaysWhatAnOperatorNeeds() throws IOException {
        var json = new ObjectMapper()
                .readTree(
                        LastWord.of(ExitCode.UNAVAILABLE, 7, null, "no engine").toJson());
        assertThat(json.get("exitCode").asInt()).isEqualTo(75);
        assertThat(json.get("reason").asText()).isEqualTo("UNAVAILABLE");
        assertThat(json.get("retryable").asBoolean()).isTrue();
        assertThat(json.has("policyVersion")).isFalse();
        assertThat(json.has("progress")).isFalse();
    }

    @Test
    void theLastMeasurementsGoWithIt() throws IOException {
        var progress = new Progress(10, 0, 3, new LearnerMeters());
        progress.recorded(new ObjectMapper().readTree("{\"step\": 10, \"evaluation\": {\"score\": 0.5}}"));
        byte[] json = LastWord.of(ExitCode.COMPLETE, 10, 11L, "trained 10 steps")
                .with(progress.snapshot())
                .toJson();
        assertThat(json.length).isLessThan(4_096);
        assertThat(new ObjectMapper().readTree(json).at("/progress/evaluation").asDouble())
                .isEqualTo(0.5);
    }
}
