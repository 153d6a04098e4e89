package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.protocol.recipe.ClipRange;
import rl.ballast.protocol.recipe.SequenceRule;
import rl.ballast.protocol.recipe.TokenRule;

class TokenObjectiveTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void withoutStalenessNothingIsClippedAndTheWeightIsTheEngineRatio(long seed) {
        ResponseScores random = random(seed, 200);
        ResponseScores fresh = GoldenGroup.scores(
                random.advantage(), random.proximalLogProbs(), random.proximalLogProbs(), random.rolloutLogProbs());

        TokenTerms terms = GoldenGroup.paper().evaluate(fresh, 1);

        for (int t = 0; t < fresh.length(); t++) {
            assertThat(terms.stalenessRatio()[t]).isEqualTo(1);
            assertThat(terms.mask()[t]).isTrue();
            assertThat(terms.importanceWeight()[t]).isEqualTo(terms.engineRatio()[t]);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void importanceWeightIsTheProductOfTheTwoRatios(long seed) {
        TokenTerms terms = GoldenGroup.paper().evaluate(random(seed, 200), 1);

        for (int t = 0; t < terms.mask().length; t++) {
            double product = terms.engineRatio()[t] * terms.stalenessRatio()[t];
            assertThat(terms.importanceWeight()[t] / product).isEqualTo(1, within(1e-12));
        }
    }

    /// The surrogate with weights and masks held constant, differentiated numerically.
    @ParameterizedTest
    @EnumSource(TokenRule.class)
    void coefficientIsTheDerivativeOfTheSurrogateWithTheWeightHeldConstant(TokenRule rule) {
        TokenObjective objective = TokenObjective.of(
                GoldenGroup.CLIP, GoldenGroup.sampling(rule, SequenceRule.None), GoldenGroup.LENGTH_NORMALIZED);
        ResponseScores scores = random(7, 40);
        int responses = 3;
        TokenTerms terms = objective.evaluate(scores, responses);
        double step = 1e-4;
        for (int t = 0; t < scores.length(); t++) {
            double up = surrogate(scores, terms, responses, t, step);
            double down = surrogate(scores, terms, responses, t, -step);
            assertThat(terms.coefficient()[t]).isEqualTo((up - down) / (2 * step), within(1e-9));
        }
    }

    private static double surrogate(ResponseScores s, TokenTerms terms, int responses, int moved, double step) {
        double sum = 0;
        for (int t = 0; t < s.length(); t++) {
            double logProb = s.trainerLogProbs()[t] + (t == moved ? step : 0);
            sum += terms.mask()[t] ? terms.weight()[t] * s.advantage() * logProb : 0;
        }
        return -sum / s.length() / responses;
    }

    @Test
    void theWeightIsTruncatedOnTheProductAndCounted() {
        ResponseScores scores =
                GoldenGroup.scores(-1, new double[] {-1, -1}, new double[] {-2, -3}, new double[] {-3, -2});

        TokenTerms terms = GoldenGroup.paper().evaluate(scores, 1);

        assertThat(terms.importanceWeight()[0]).isEqualTo(Math.exp(2));
        assertThat(terms.weight()).containsExactly(5, Math.exp(1));
        assertThat(terms.coefficient()).containsExactly(5, Math.exp(1));
        assertThat(terms.counts().truncated()).isEqualTo(1);
    }

    @Test
    void clipsOnlyTheSideThatMovesAway() {
        double[] proximal = {-1, -1};
        double[] trainer = {-1 + Math.log(1.28), -1 + Math.log(0.79)};

        assertThat(maskOf(1, trainer, proximal)).containsExactly(false, true);
        assertThat(maskOf(-1, trainer, proximal)).containsExactly(true, false);
        assertThat(maskOf(0, trainer, proximal)).containsExactly(true, true);
        double[] inside = {-1 + Math.log(1.26), -1 + Math.log(0.81)};
        assertThat(maskOf(1, inside, proximal)).containsExactly(true, true);
        assertThat(maskOf(-1, inside, proximal)).containsExactly(true, true);
    }

    private static boolean[] maskOf(double advantage, double[] trainer, double[] proximal) {
        return GoldenGroup.paper()
                .evaluate(GoldenGroup.scores(advantage, trainer, proximal, proximal), 1)
                .mask();
    }

    @Test
    void withoutAClipRangeOrWithADisabledOneNothingIsClipped() {
        ResponseScores scores = GoldenGroup.response(0);
        for (ClipRange clip : new ClipRange[] {null, new ClipRange(0.2, 0.27, false)}) {
            TokenObjective objective = TokenObjective.of(
                    clip, GoldenGroup.sampling(TokenRule.Truncate, SequenceRule.None), GoldenGroup.TOKEN_SUM);
            assertThat(objective.evaluate(scores, 1).mask()).containsExactly(true, true, true);
        }
    }

    @Test
    void maskedTokensContributeNothingAndMayHoldAnything() {
        double[] nonsense = {-1, Double.NaN, -2};
        boolean[] mask = {true, false, true};
        ResponseScores scores = new ResponseScores(
                1, nonsense, new double[] {-1, 0, -2}, new double[] {-1, Double.POSITIVE_INFINITY, -2}, mask);

        TokenTerms terms = GoldenGroup.paper().evaluate(scores, 2);

        assertThat(terms.mask()).containsExactly(true, false, true);
        assertThat(terms.coefficient()).containsExactly(-0.5, 0, -0.5);
        assertThat(terms.loss()).isEqualTo(1.5);
        assertThat(terms.counts().tokens()).isEqualTo(2);
    }

    @Test
    void anEmptyResponseHasNoTermsButIsCounted() {
        TokenTerms terms =
                GoldenGroup.paper().evaluate(GoldenGroup.scores(1, new double[0], new double[0], new double[0]), 4);

        assertThat(terms.loss()).isZero();
        assertThat(terms.coefficient()).isEmpty();
        assertThat(terms.counts()).isEqualTo(new ObjectiveCounts(1, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void zeroAdvantageGivesPositiveZeroCoefficients() {
        TokenTerms terms = GoldenGroup.paper()
                .evaluate(GoldenGroup.scores(0, new double[] {-1}, new double[] {-1}, new double[] {-1}), 1);

        assertThat(Double.doubleToRawLongBits(terms.coefficient()[0])).isZero();
        assertThat(terms.mask()[0]).isTrue();
    }

    @Test
    void hugeDifferencesAreClampedAndCountedPerRatio() {
        ResponseScores scores = GoldenGroup.scores(1, new double[] {-1}, new double[] {-41}, new double[] {-3});

        TokenTerms terms = GoldenGroup.paper().evaluate(scores, 1);

        assertThat(terms.engineRatio()[0]).isEqualTo(Math.exp(-20));
        assertThat(terms.stalenessRatio()[0]).isEqualTo(Math.exp(20));
        assertThat(terms.importanceWeight()[0]).isEqualTo(Math.exp(2));
        assertThat(terms.counts().clamped()).isEqualTo(2);
    }

    @Test
    void floatArraysAreWidenedWithoutChange() {
        ResponseScores scores =
                ResponseScores.of(0.5, new float[] {-0.1f}, new float[] {-0.2f}, new float[] {-0.3f}, null);

        assertThat(scores.trainerLogProbs()[0]).isEqualTo((double) -0.1f);
        assertThat(scores.lossMask()).containsExactly(true);
        assertThat(GoldenGroup.paper().evaluate(scores, 1).coefficientsAsFloats())
                .hasSize(1);
    }

    @Test
    void badScoresAreRefusedByNameAndToken() {
        double[] one = {-1};
        assertThatThrownBy(() -> GoldenGroup.scores(1, new double[] {Double.NaN}, one, one))
                .isInstanceOf(NonFiniteScore.class)
                .hasMessage("trainerLogProbs[0]: expected a finite log-probability, found NaN");
        assertThatThrownBy(() -> GoldenGroup.scores(1, one, one, new double[] {-1, -1}))
                .hasMessage("rolloutLogProbs: expected 1 values, one per token, found 2");
        assertThatThrownBy(() -> GoldenGroup.scores(Double.NaN, one, one, one))
                .hasMessage("advantage: expected a finite number, found NaN");
        assertThatThrownBy(() -> GoldenGroup.paper().evaluate(GoldenGroup.scores(1, one, one, one), 0))
                .hasMessage("responses: expected at least 1, found 0");
    }

    static ResponseScores random(long seed, int tokens) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        double[] trainer = new double[tokens];
        double[] proximal = new double[tokens];
        double[] rollout = new double[tokens];
        for (int t = 0; t < tokens; t++) {
            rollout[t] = -2 * random.nextExponential();
            proximal[t] = rollout[t] - Math.abs(0.5 * random.nextGaussian());
            trainer[t] = proximal[t] + 0.3 * random.nextGaussian();
        }
        return GoldenGroup.scores(seed % 2 == 0 ? 0.7 : -0.3, trainer, proximal, rollout);
    }
}
