package rl.ballast.trainer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.wire.LearnerProgress;

class ProgressTest {
    private final ObjectMapper mapper = new ObjectMapper();

    /// A share of nothing, such as the disagreement of a step in which no routes were compared.
    @Test
    void whatIsNoNumberIsNotSaid() {
        var progress = new Progress(10, 0, 1, new LearnerMeters());
        progress.recorded(line(1, 0.75));

        progress.recorded(line(2, Double.NaN));

        LearnerProgress said = progress.snapshot();
        assertThat(said.step()).isEqualTo(2);
        assertThat(said.reward()).isNull();
        assertThat(said.mismatchK3()).isNull();
        assertThat(said.evaluation()).as("the newest that there is").isEqualTo(0.75);
        assertThat(Objects.requireNonNull(said.replay()).disagreement()).isNull();
        assertThat(said.etaSeconds()).isEqualTo(8 * 0.75);
        assertThat(mapper.valueToTree(said).toString()).doesNotContain("NaN");
    }

    private ObjectNode line(int step, double value) {
        ObjectNode line = mapper.createObjectNode().put("step", step);
        for (String field : List.of(
                "/reward/mean",
                "/evaluation/score",
                "/engineMismatch/k3",
                "/replay/disagreement/any",
                "/replay/coverage",
                "/seconds/total")) {
            int last = field.lastIndexOf('/');
            line.withObject(field.substring(0, last)).put(field.substring(last + 1), value);
        }
        return line;
    }
}
