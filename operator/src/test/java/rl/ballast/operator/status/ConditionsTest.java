package rl.ballast.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void aTransitionTimeMovesOnlyWhenTheStatusFlips() {
        List<Condition> first = new Conditions(null, 1L, START)
                .set(ConditionType.Ready, false, "Starting", "pods are being made")
                .list();
        List<Condition> same = new Conditions(first, 1L, START.plusSeconds(5))
                .set(ConditionType.Ready, false, "WaitingForEngines", "0 of 1 are ready")
                .list();
        List<Condition> flipped = new Conditions(same, 1L, START.plusSeconds(9))
                .set(ConditionType.Ready, true, "Running", "all is ready")
                .list();

        assertThat(same.getFirst().getLastTransitionTime()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(flipped.getFirst().getLastTransitionTime()).isEqualTo("2026-01-01T00:00:09Z");
    }

    @Test
    void textsFitTheBoundsOfTheSchema() {
        Condition condition = new Conditions(null, 1L, START)
                .set(ConditionType.Ready, false, "R".repeat(2000), "m".repeat(40_000))
                .list()
                .getFirst();

        assertThat(condition.getReason()).hasSize(1024);
        assertThat(condition.getMessage()).hasSize(1024);
    }
}
