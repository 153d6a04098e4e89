package rl.ballast.trainer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.objective.WarningSigns;

class RecentStepsTest {
    @Test
    void judgesTheWindowAndForgetsWhatIsOlder() {
        var recent = new RecentSteps();
        recent.add(JsonNodeFactory.instance.objectNode().put("step", 0));
        assertThat(recent.verdict()).isEmpty();
        for (int step = 0; step < 20; step++) {
            recent.add(line(0.5));
        }
        assertThat(recent.verdict()).map(WarningSigns.Verdict::reason).hasValue("MismatchHigh");
        recent.add(line(Double.NaN));
        for (int step = 0; step < RecentSteps.WINDOW; step++) {
            recent.add(line(1e-4));
        }
        assertThat(recent.verdict()).map(WarningSigns.Verdict::reason).hasValue("NoWarningSign");
    }

    @Test
    void aSignStandsUntilTenStepsInARowShowNone() {
        var recent = new RecentSteps();
        for (int step = 0; step < 5; step++) {
            recent.add(line(1e-4));
        }
        for (int step = 0; step < 5; step++) {
            recent.add(line(3e-4));
        }
        assertThat(recent.verdict()).map(WarningSigns.Verdict::reason).hasValue("MismatchRising");
        for (int step = 0; step < RecentSteps.CALM - 1; step++) {
            recent.add(line(1e-4));
            assertThat(recent.verdict()).map(WarningSigns.Verdict::stable).hasValue(false);
        }
        for (int step = 0; step < 3; step++) {
            recent.add(line(1e-4));
        }
        assertThat(recent.verdict()).map(WarningSigns.Verdict::stable).hasValue(true);
    }

    private static ObjectNode line(double k3) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.putObject("engineMismatch").put("k3", k3);
        line.putObject("entropy").put("mean", 2.0);
        return line;
    }
}
