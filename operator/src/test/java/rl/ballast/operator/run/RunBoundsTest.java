package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.pool.PoolStatusBuilder;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;
import rl.ballast.protocol.role.LearnerConfig;

/// What a run may not ask for, and how many engines a scaled one gets.
class RunBoundsTest {
    @Test
    void severalRanksAreRefusedAndNothingIsMade() {
        RunObserved observed = ObservedRuns.fresh(ObservedRuns.run("learner.replicas=2"));

        RunDecision decision = decide(observed);

        assertThat(decision.acts()).isFalse();
        assertThat(decision.phase())
                .isEqualTo(
                        new Phase.Refused(
                                "InvalidSpec",
                                "spec.learner.replicas: expected 1, found 2: several trainer ranks are not supported yet; set it to 1"));
        assertThat(accepted(observed)).isEqualTo("False InvalidSpec");
    }

    @Test
    void guardsAreAcceptedWithAWarningThatTheyDoNotAct() {
        RunObserved observed =
                ObservedRuns.fresh(ObservedRuns.run("guards=[{name: low, signal: Entropy, below: 0.1, action: Stop}]"));

        assertThat(accepted(observed)).isEqualTo("True AcceptedWithWarnings");
        assertThat(condition(observed).getMessage()).startsWith("spec.guards: guards do not act yet");
        assertThat(accepted(ObservedRuns.fresh(ObservedRuns.run()))).isEqualTo("True Accepted");
    }

    @ParameterizedTest
    @CsvSource({
        "50, 4, '; asked for 50, rollouts.scaling allows 4'",
        "4, 4, ''",
        "3, 3, ''",
        "0, 2, '; asked for 0, rollouts.scaling allows 2'"
    })
    void aScaledPoolStaysWithinItsBounds(int asked, int expected, String said) {
        RLRun run = ObservedRuns.run("rollouts.scaling={min: 2, max: 4, initial: 2}");
        RunObserved observed = ObservedRuns.begun(run, asked);

        RunDecision decision = decide(observed);

        EngineDecision engines = Objects.requireNonNull(decision.engines());
        assertThat(engines.create()).hasSize(expected);
        assertThat(decision.enginesDesired()).isEqualTo(expected);
        LearnerConfig learner = (LearnerConfig)
                Objects.requireNonNull(decision.plan()).learner().config();
        assertThat(learner.engines()).hasSize(expected);
        RolloutPoolStatus status = PoolStatusBuilder.build(
                Objects.requireNonNull(observed.pool()), null, engines, run, null, null, observed.now());
        assertThat(Conditions.find(status.conditions(), ConditionType.Ready))
                .hasValueSatisfying(ready -> assertThat(ready.getMessage())
                        .isEqualTo("0 of %d engines hold a verified policy version%s".formatted(expected, said)));
    }

    private static RunDecision decide(RunObserved observed) {
        return RunDecider.decide(observed, TestSettings.of());
    }

    private static String accepted(RunObserved observed) {
        Condition condition = condition(observed);
        return condition.getStatus() + " " + condition.getReason();
    }

    private static Condition condition(RunObserved observed) {
        List<Condition> conditions =
                RunStatusBuilder.build(observed, decide(observed)).conditions();
        return Conditions.find(conditions, ConditionType.Accepted).orElseThrow();
    }
}
