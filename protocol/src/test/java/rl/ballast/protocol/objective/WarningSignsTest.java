package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.objective.WarningSigns.Verdict;

class WarningSignsTest {
    private static final double[] CALM = series(20, _ -> 2.0);

    @Test
    void aMismatchThatDoublesWarnsOnlyWhereItMeansSomething() {
        assertThat(reason(series(20, step -> 1e-3 * (1 + step)), CALM)).isEqualTo("MismatchHigh");
        assertThat(reason(series(20, step -> 1e-4 * (1 + step)), CALM)).isEqualTo("MismatchRising");
        assertThat(reason(series(20, step -> 1e-6 * (1 + step)), CALM)).isEqualTo("NoWarningSign");
        assertThat(reason(series(20, _ -> 5e-3), CALM)).as("FP8 from the start").isEqualTo("NoWarningSign");
    }

    @Test
    void aSingleSpikeIsNoTrend() {
        assertThat(reason(series(10, step -> step == 9 ? 9e-2 : 5e-4), series(10, _ -> 2.0)))
                .isEqualTo("NoWarningSign");
        double[] spike = series(20, step -> step == 18 ? 9e-2 : 5e-4);
        assertThat(reason(spike, CALM)).isEqualTo("NoWarningSign");
        assertThat(WarningSigns.mismatch(spike)).hasValueSatisfying(mismatch -> {
            assertThat(mismatch.peaked()).isTrue();
            assertThat(mismatch.high()).isFalse();
        });
    }

    @Test
    void entropyThatDropsSharplyWarnsAndASlowDriftDoesNot() {
        double[] k3 = series(20, _ -> 1e-4);
        assertThat(reason(k3, series(20, step -> step < 12 ? 2 : 0.5))).isEqualTo("EntropyFell");
        assertThat(reason(k3, series(20, step -> 2 * Math.pow(0.9, step)))).isEqualTo("NoWarningSign");
        assertThat(reason(k3, series(40, step -> step < 20 ? 2 * Math.pow(0.85, step) : 0.01)))
                .as("a task that is solved")
                .isEqualTo("NoWarningSign");
    }

    @Test
    void tooFewStepsSayNothing() {
        assertThat(WarningSigns.verdict(series(9, _ -> 1), series(9, _ -> 1))).isEmpty();
        assertThat(WarningSigns.mismatch(new double[0])).isEmpty();
    }

    private static String reason(double[] k3, double[] entropy) {
        Verdict verdict = WarningSigns.verdict(k3, entropy).orElseThrow();
        assertThat(verdict.stable()).isEqualTo(verdict.reason().equals("NoWarningSign"));
        assertThat(verdict.message()).contains("over the last %d steps".formatted(k3.length));
        return verdict.reason();
    }

    private static double[] series(int steps, IntToDoubleFunction value) {
        double[] series = new double[steps];
        Arrays.setAll(series, value);
        return series;
    }
}
