package rl.ballast.rollout.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.EngineError.Reason;

class BehaviourCheckTest {
    private static final BehaviourProbe PROBE =
            new BehaviourProbe(List.of(new int[] {1, 2, 3}, new int[] {4, 5}), List.of(new float[2], new float[1]));

    private final BehaviourCheck check = new BehaviourCheck(BehaviourBase.inMemory());

    @Test
    void threeTimesTheFirstDeviationIsTheLimit() {
        deviates(1, 0.01f);
        deviates(2, 0.0299f);
        deviates(3, 0.005f);

        assertThatThrownBy(() -> deviates(4, 0.0301f))
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(Reason.WEIGHTS_REFUSED))
                .hasMessageContaining("policy version 4: behaviour")
                .hasMessageContaining("expected at most 0.03")
                .hasMessageContaining("found 0.0301");
    }

    @Test
    void whatFloat32MayDifferIsAlwaysAllowed() {
        deviates(1, 0);
        deviates(2, 0.99e-4f);

        assertThatThrownBy(() -> deviates(3, 1.01e-4f)).hasMessageContaining("expected at most 1.0E-4");
    }

    @Test
    void theDeviationIsTheMeanOverAllTokens() {
        check.check(new PolicyVersion(1), PROBE, tokens -> new float[tokens.length - 1]);

        // two tokens of three are off by 1.4e-4, 0.93e-4 on average
        check.check(
                new PolicyVersion(2),
                PROBE,
                tokens -> tokens.length == 3 ? new float[] {logOfLess(1.4e-4), logOfLess(1.4e-4)} : new float[1]);
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        assertThatThrownBy(() -> check.check(new PolicyVersion(1), PROBE, _ -> {
                    throw new ArithmeticException("logit of token 3 is NaN");
                }))
                .isInstanceOf(EngineRefusal.class)
                .hasMessageContaining("expected finite numbers, found logit of token 3 is NaN");
    }

    private void deviates(long version, float deviation) {
        check.check(new PolicyVersion(version), PROBE, tokens -> {
            float[] scores = new float[tokens.length - 1];
            Arrays.fill(scores, logOfLess(deviation));
            return scores;
        });
    }

    /// The learner says 0: certain.
    private static float logOfLess(double deviation) {
        return (float) Math.log1p(-deviation);
    }
}
