package rl.ballast.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class FindingsTest {
    private static List<Finding> findings(BiConsumer<Integer, ObjectNode> fill) {
        List<JsonNode> steps = new ArrayList<>();
        for (int step = 0; step < 20; step++) {
            ObjectNode line = JsonNodeFactory.instance.objectNode();
            line.put("step", step).put("epoch", 1);
            fill.accept(step, line);
            steps.add(line);
        }
        return Findings.of(new RunHistory(JsonNodeFactory.instance.objectNode(), steps, List.of(), List.of()));
    }

    @Test
    void warnsWhenTheMismatchDoubles() {
        var found = findings((step, line) -> line.putObject("engineMismatch").put("k3", 1e-4 * (1 + step)));

        assertThat(found).singleElement().satisfies(finding -> {
            assertThat(finding.warning()).isTrue();
            assertThat(finding.text()).contains("more than doubled").contains("R3");
        });
    }

    @Test
    void takesTinyMismatchForRoundingWhateverItsTrend() {
        var found = findings((step, line) -> line.putObject("engineMismatch").put("k3", 1e-13 * (1 + step)));

        assertThat(found).singleElement().satisfies(finding -> {
            assertThat(finding.warning()).isFalse();
            assertThat(finding.text()).contains("rounding only");
        });
    }

    @Test
    void saysThatASmallMismatchThatDoublesMeansLittle() {
        var found = findings((step, line) -> line.putObject("engineMismatch").put("k3", 1e-6 * (1 + step)));

        assertThat(found).singleElement().satisfies(finding -> {
            assertThat(finding.warning()).isFalse();
            assertThat(finding.text()).contains("more than doubled, but below 1e-4 that means little");
        });
    }

    @Test
    void comparesReplayWithTheSameRolloutsWithoutIt() {
        var found = findings((step, line) -> {
            line.putObject("engineMismatch").put("k3", step % 5 == 0 ? 1e-4 : 7e-4);
            if (step % 5 == 0) {
                line.putObject("engineMismatchLive").put("k3", 3e-4);
            }
            ObjectNode replay = line.putObject("replay");
            replay.put("mode", "R3").put("reason", "4 mini-batches").put("coverage", step == 7 ? 0.9 : 1.0);
            replay.putObject("disagreement").put("any", 0.02);
        });

        assertThat(found)
                .filteredOn(f -> f.topic().equals("Routing replay"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.text()).contains("1e-4 with replay, 3e-4 on the same rollouts", "2.0%", "90.0%");
                    assertThat(finding.warning()).isTrue();
                });
    }

    @Test
    void saysThatNoRoutesWereRecorded() {
        var found = findings(
                (step, line) -> line.putObject("replay").put("mode", "R2").put("reason", "asked for: replay: R2"));

        assertThat(found).singleElement().satisfies(finding -> {
            assertThat(finding.text())
                    .isEqualTo("R2 (asked for: replay: R2); no routes were recorded to compare with the live router.");
            assertThat(finding.warning()).isFalse();
        });
    }

    @Test
    void warnsOfASuddenFallOfEntropyOnly() {
        var slow = findings((step, line) -> line.putObject("entropy").put("mean", 1.0 / (1 + step * 0.2)));
        var sharp = findings((step, line) -> line.putObject("entropy").put("mean", step < 10 ? 1.0 : 0.2));

        assertThat(slow).extracting(Finding::warning).containsExactly(false);
        assertThat(sharp).extracting(Finding::warning).containsExactly(true);
    }

    @Test
    void saysWhenAccuracyFellAfterItsBest() {
        var found = findings((step, line) -> line.putObject("evaluation").put("score", step < 10 ? 0.8 : 0.5));

        assertThat(found).singleElement().satisfies(f -> assertThat(f.text()).contains("50.0%", "80.0%", "below"));
    }

    @Test
    void saysWhenResponsesAreCutAndGroupsTeachNothing() {
        var found = findings((step, line) -> {
            line.putObject("length").put("truncatedFraction", 0.2);
            line.putObject("reward").put("groups", 10).put("groupsAllRight", 1).put("groupsAllWrong", 9);
        });

        assertThat(found).extracting(Finding::text).anyMatch(t -> t.contains("maxTokens"));
        assertThat(found).extracting(Finding::text).anyMatch(t -> t.contains("teach nothing"));
    }
}
