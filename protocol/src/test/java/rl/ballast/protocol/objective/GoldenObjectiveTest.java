package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every number of the worked example's table, to its six printed digits.
class GoldenObjectiveTest {
    private static final Offset<Double> PRINTED = within(5.1e-7);

    @ParameterizedTest(name = "response {0}, token {1}")
    @CsvSource({
        "0, 0, 0.980199, 1.010050, 0.990050, 1,  0.495025, 0.009003, 0.000446",
        "0, 1, 1.648721, 1.491825, 2.459603, 0,  0,        0.197536, 0.102456",
        "0, 2, 1.000000, 0.740818, 0.740818, 1,  0.370409, 0.157202, 0.049701",
        "1, 0, 1.000000, 0.740818, 0.740818, 0,  0,        0.192007, 0.078567",
        "1, 1, 0.904837, 1.105171, 1.000000, 1, -0.500000, 0.000000, 0.000000",
        "1, 2, 0.135335, 0.818731, 0.110803, 1, -0.055402, 0.044271, 0.066261",
        "1, 3, 1.000000, 1.000000, 1.000000, 1, -0.500000, 0.000000, 0.000000",
    })
    void agreesWithTheTable(
            int i, int t, double rho, double r, double w, int mask, double coefficient, double tv, double kl) {
        TokenTerms terms = GoldenGroup.paper().evaluate(GoldenGroup.response(i), 2);

        assertThat(terms.engineRatio()[t]).isEqualTo(rho, PRINTED);
        assertThat(terms.stalenessRatio()[t]).isEqualTo(r, PRINTED);
        assertThat(terms.importanceWeight()[t]).isEqualTo(w, PRINTED);
        assertThat(terms.mask()[t]).isEqualTo(mask == 1);
        assertThat(-2 * terms.coefficient()[t]).isEqualTo(coefficient, PRINTED);
        double rollout = GoldenGroup.ROLLOUT[i][t];
        double trainer = GoldenGroup.TRAINER[i][t];
        assertThat(BinaryDivergence.totalVariation(rollout, trainer)).isEqualTo(tv, PRINTED);
        assertThat(BinaryDivergence.kl(rollout, trainer)).isEqualTo(kl, PRINTED);
    }

    @Test
    void advantagesAreRewardsMinusTheirMean() {
        assertThat(GoldenGroup.ADVANTAGES).containsExactly(0.5, -0.5);
    }

    @Test
    void lossIsMinusTheMeanOverResponsesOfTheTokenSums() {
        TokenTerms first = GoldenGroup.paper().evaluate(GoldenGroup.response(0), 2);
        TokenTerms second = GoldenGroup.paper().evaluate(GoldenGroup.response(1), 2);

        assertThat(-2 * first.loss()).isEqualTo(-0.350780, PRINTED);
        assertThat(-2 * second.loss()).isEqualTo(0.913088, PRINTED);
        assertThat(-(first.loss() + second.loss())).isEqualTo(0.281154, PRINTED);
    }

    @Test
    void clipsAreCountedOnTheirSide() {
        ObjectiveCounts first =
                GoldenGroup.paper().evaluate(GoldenGroup.response(0), 2).counts();
        ObjectiveCounts second =
                GoldenGroup.paper().evaluate(GoldenGroup.response(1), 2).counts();

        assertThat(first).isEqualTo(new ObjectiveCounts(1, 3, 1, 0, 0, 0, 0, 0, 0));
        assertThat(second).isEqualTo(new ObjectiveCounts(1, 4, 0, 1, 0, 0, 0, 0, 0));
        assertThat(first.plus(second)).isEqualTo(new ObjectiveCounts(2, 7, 1, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void geometricMeanAndSequenceRatiosOfTheResponses() {
        assertThat(geometricMean(0)).isEqualTo(1.173511, PRINTED);
        assertThat(geometricMean(1)).isEqualTo(0.591555, PRINTED);
        assertThat(sequenceRatio(0)).isEqualTo(1.616074, PRINTED);
        assertThat(sequenceRatio(1)).isEqualTo(0.122456, PRINTED);
    }

    private static double geometricMean(int i) {
        return LogRatio.geometricMean(
                GoldenGroup.PROXIMAL[i],
                GoldenGroup.ROLLOUT[i],
                GoldenGroup.response(i).lossMask());
    }

    private static double sequenceRatio(int i) {
        return LogRatio.sequenceRatio(
                GoldenGroup.PROXIMAL[i],
                GoldenGroup.ROLLOUT[i],
                GoldenGroup.response(i).lossMask());
    }
}
