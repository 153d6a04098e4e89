package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class UpdateDiagnosticsTest {
    @Test
    void summarizesTheGoldenGroup() {
        UpdateDiagnostics.Summary summary = golden(0, 1).summary();

        assertThat(summary.loss()).isEqualTo(-0.281154, within(5e-7));
        assertThat(summary.clipHighFraction()).isEqualTo(1 / 7.0);
        assertThat(summary.clipLowFraction()).isEqualTo(1 / 7.0);
        assertThat(summary.clipFraction()).isEqualTo(2 / 7.0);
        assertThat(summary.truncationFraction()).isZero();
        assertThat(summary.importanceWeight().max()).isEqualTo(2.459603, within(5e-7));
        assertThat(summary.importanceWeight().min()).isEqualTo(0.110803, within(5e-7));
        assertThat(summary.stalenessRatio().max()).isEqualTo(1.491825, within(5e-7));
        double k3 = 0;
        for (double r : new double[] {1.01005017, 1.49182470, 0.74081822, 0.74081822, 1.10517092, 0.81873075, 1}) {
            k3 += r - 1 - Math.log(r);
        }
        assertThat(summary.stalenessK3()).isEqualTo(k3 / 7, within(1e-8));
    }

    @Test
    void mergingEqualsAdding() {
        UpdateDiagnostics merged = golden(0);
        merged.merge(golden(1));

        assertThat(merged.summary()).isEqualTo(golden(0, 1).summary());
        assertThat(merged.counts()).isEqualTo(golden(0, 1).counts());
    }

    @Test
    void nothingAddedGivesNoNumbersThatWereNotMeasured() {
        UpdateDiagnostics.Summary summary = new UpdateDiagnostics().summary();

        assertThat(summary.tokens()).isZero();
        assertThat(summary.clipFraction()).isZero();
        assertThat(summary.stalenessK3()).isNaN();
        assertThat(summary.importanceWeight().mean()).isNaN();
    }

    @Test
    void meansOverTokensLeaveMaskedOnesOut() {
        TokenMean entropy = new TokenMean();
        entropy.add(new float[] {1, 100, 3}, new boolean[] {true, false, true});
        TokenMean more = new TokenMean();
        more.add(new double[] {5}, new boolean[] {true});

        entropy.merge(more);

        assertThat(entropy.mean()).isEqualTo(3);
        assertThat(entropy.tokens()).isEqualTo(3);
        assertThat(new TokenMean().mean()).isNaN();
    }

    private static UpdateDiagnostics golden(int... responses) {
        UpdateDiagnostics diagnostics = new UpdateDiagnostics();
        for (int i : responses) {
            ResponseScores scores = GoldenGroup.response(i);
            diagnostics.add(scores, GoldenGroup.paper().evaluate(scores, 2));
        }
        return diagnostics;
    }
}
