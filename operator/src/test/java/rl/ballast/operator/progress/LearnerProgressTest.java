package rl.ballast.operator.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.protocol.wire.WireJson;

class LearnerProgressTest {
    @Test
    void saysWhereTheLearnerIsUntilItHasPublished() throws JsonProcessingException {
        assertThat(read("{\"phase\": \"starting\", \"step\": 0, \"steps\": 9, \"epoch\": 1}")
                        .beforeFirstWeights())
                .hasValue("starting");
        assertThat(read("""
                        {"phase": "cold_start", "step": 0, "steps": 9, "epoch": 1,
                         "coldStart": {"update": 150, "updates": 600, "loss": 1.5}}
                        """).beforeFirstWeights()).hasValue("cold start 150 of 600");
        assertThat(read("""
                        {"phase": "generate", "step": 0, "steps": 9, "epoch": 1, "policyVersion": 1,
                         "coldStart": {"update": 600, "updates": 600, "loss": 1.5}}
                        """).beforeFirstWeights()).isEmpty();
    }

    private static LearnerProgress read(String json) throws JsonProcessingException {
        return WireJson.reports().readValue(json, LearnerProgress.class);
    }
}
