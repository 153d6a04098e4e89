package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.recipe.AdvantageSpec;
import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.LossSpec;
import rl.ballast.protocol.recipe.SequenceRule;
import rl.ballast.protocol.recipe.TokenRule;

/// The variants that are not the paper's defaults, on the worked example.
class ObjectiveOptionsTest {
    @Test
    void lengthNormalizationDividesEachResponseByItsUnmaskedTokens() {
        TokenTerms terms =
                evaluate(1, GoldenGroup.sampling(TokenRule.Truncate, SequenceRule.None), GoldenGroup.LENGTH_NORMALIZED);

        assertThat(-2 * terms.loss()).isEqualTo(0.913088 / 4, within(5e-7));
        ResponseScores masked = new ResponseScores(
                1, new double[] {-1, -1}, new double[] {-1, -1}, new double[] {-1, -1}, new boolean[] {true, false});
        TokenObjective objective = TokenObjective.of(
                null, GoldenGroup.sampling(TokenRule.Truncate, SequenceRule.None), GoldenGroup.LENGTH_NORMALIZED);
        assertThat(objective.evaluate(masked, 2).coefficient()).containsExactly(-0.5, 0);
    }

    @Test
    void stdNormalizationDividesByTheSpreadOfTheGroup() {
        assertThat(GroupAdvantage.of(new double[] {1, 0, 0, 1}, new AdvantageSpec(true)))
                .containsExactly(1, -1, -1, 1);
        assertThat(GroupAdvantage.of(new double[] {3, 0, 0}, new AdvantageSpec(true))[0])
                .isEqualTo(Math.sqrt(2), within(1e-12));
    }

    @Test
    void aGroupWithoutSpreadHasExactlyZeroAdvantages() {
        double[] same = {0.1, 0.1, 0.1};
        assertThat(GroupAdvantage.of(same, new AdvantageSpec(false))).containsExactly(0, 0, 0);
        assertThat(GroupAdvantage.of(same, new AdvantageSpec(true))).containsExactly(0, 0, 0);
        assertThat(GroupAdvantage.of(new double[] {5}, new AdvantageSpec(true))).containsExactly(0);
    }

    @Test
    void groupsMayComeInAnyOrder() {
        AdvantageSpec meanOnly = new AdvantageSpec(false);

        assertThat(GroupAdvantage.byGroup(new int[] {7, -2, 7, 5, -2}, new double[] {1, 3, 0, 9, 1}, meanOnly))
                .containsExactly(0.5, 1, -0.5, 0, -1);
        assertThatThrownBy(() -> GroupAdvantage.byGroup(new int[] {1}, new double[] {1, 2}, meanOnly))
                .hasMessage("rewards: expected 1, one per response, found 2");
    }

    @Test
    void advantagesSumToZero() {
        double[] advantages = GroupAdvantage.of(new double[] {0.3, 1, -2, 0.25}, new AdvantageSpec(false));
        assertThat(Arrays.stream(advantages).sum()).isEqualTo(0, within(1e-15));
        assertThatThrownBy(() -> GroupAdvantage.of(new double[] {1, Double.NaN}, new AdvantageSpec(false)))
                .hasMessage("reward of response 1: expected a finite number, found NaN");
    }

    @Test
    void withoutImportanceSamplingTheWeightIsTheStalenessRatio() {
        TokenTerms terms = evaluate(1, GoldenGroup.off(), GoldenGroup.TOKEN_SUM);

        assertThat(terms.importanceWeight()[2]).isEqualTo(0.110803, within(5e-7));
        assertThat(-2 * terms.coefficient()[2]).isEqualTo(-0.5 * 0.818731, within(5e-7));
        assertThat(terms.mask()).containsExactly(false, true, true, true);
    }

    @Test
    void icePopMasksTokensWhoseEngineRatioLeavesTheBounds() {
        TokenTerms terms =
                evaluate(1, GoldenGroup.sampling(TokenRule.IcePop, SequenceRule.None), GoldenGroup.TOKEN_SUM);

        assertThat(terms.mask()).containsExactly(false, true, false, true);
        assertThat(terms.counts().ruleMasked()).isEqualTo(1);
        assertThat(terms.counts().clippedLow()).isEqualTo(1);
    }

    @Test
    void icePopDoesNotTruncate() {
        ResponseScores scores = GoldenGroup.scores(-1, new double[] {-1}, new double[] {-2}, new double[] {-3});
        TokenObjective objective = TokenObjective.of(
                null, GoldenGroup.sampling(TokenRule.IcePop, SequenceRule.None), GoldenGroup.TOKEN_SUM);

        TokenTerms terms = objective.evaluate(scores, 1);

        assertThat(terms.weight()[0]).isEqualTo(Math.exp(2));
        assertThat(terms.counts().truncated()).isZero();
    }

    @Test
    void dppoTotalVariationMasksByDistanceToTheRolloutPolicyNotByTheClip() {
        ImportanceSampling options = GoldenGroup.withDivergenceLimit(TokenRule.DppoTv, 0.19);

        assertThat(evaluate(0, options, GoldenGroup.TOKEN_SUM).mask()).containsExactly(true, false, true);
        assertThat(evaluate(1, options, GoldenGroup.TOKEN_SUM).mask()).containsExactly(false, true, true, true);
        ImportanceSampling wide = GoldenGroup.withDivergenceLimit(TokenRule.DppoTv, 0.2);
        assertThat(evaluate(0, wide, GoldenGroup.TOKEN_SUM).mask()).containsExactly(true, true, true);
        assertThat(evaluate(1, wide, GoldenGroup.TOKEN_SUM).mask()).containsExactly(true, true, true, true);
    }

    @Test
    void dppoKlMasksTheTokenThatTheClipMisses() {
        ImportanceSampling options = GoldenGroup.withDivergenceLimit(TokenRule.DppoKl, 0.05);

        TokenTerms first = evaluate(0, options, GoldenGroup.TOKEN_SUM);
        TokenTerms second = evaluate(1, options, GoldenGroup.TOKEN_SUM);

        assertThat(first.mask()).containsExactly(true, false, true);
        assertThat(second.mask()).containsExactly(false, true, false, true);
        assertThat(first.counts().clippedHigh()).isEqualTo(1);
        assertThat(second.counts().clippedLow()).isEqualTo(2);
    }

    @Test
    void binaryKlIsInfiniteOnlyWhereTheSecondPolicyIsCertain() {
        assertThat(BinaryDivergence.kl(-0.5, 0)).isInfinite();
        assertThat(BinaryDivergence.kl(0, 0)).isZero();
        assertThat(BinaryDivergence.kl(0, -0.5)).isEqualTo(0.5, within(1e-15));
        assertThat(BinaryDivergence.kl(-800, -1)).isEqualTo(-Math.log1p(-Math.exp(-1)), within(1e-12));
    }

    @Test
    void geometricRejectionDropsResponsesWhoseMeanRatioLeavesTheBounds() {
        ImportanceSampling options = GoldenGroup.sampling(TokenRule.Truncate, SequenceRule.Geometric);

        TokenTerms dropped = evaluate(0, options, GoldenGroup.TOKEN_SUM);

        assertThat(dropped.mask()).containsOnly(false);
        assertThat(dropped.loss()).isZero();
        assertThat(dropped.counts().droppedResponses()).isEqualTo(1);
        assertThat(dropped.counts().droppedTokens()).isEqualTo(3);
        double[] balanced = {-1.0005, -1};
        ResponseScores kept = GoldenGroup.scores(1, balanced, balanced, new double[] {-1, -1});
        assertThat(TokenObjective.of(GoldenGroup.CLIP, options, GoldenGroup.TOKEN_SUM)
                        .evaluate(kept, 1)
                        .mask())
                .containsOnly(true);
    }

    @Test
    void opsmDropsNegativeResponsesThatTheTrainerHasLeft() {
        ImportanceSampling options = GoldenGroup.sampling(TokenRule.Truncate, SequenceRule.Opsm);

        assertThat(evaluate(1, options, GoldenGroup.TOKEN_SUM).counts().droppedResponses())
                .isEqualTo(1);
        assertThat(evaluate(0, options, GoldenGroup.TOKEN_SUM).counts().droppedResponses())
                .isZero();
        double[] rising = {-0.5};
        ResponseScores risen = GoldenGroup.scores(-1, rising, new double[] {-0.6}, new double[] {-0.6});
        assertThat(TokenObjective.of(GoldenGroup.CLIP, options, GoldenGroup.TOKEN_SUM)
                        .evaluate(risen, 1)
                        .counts()
                        .droppedResponses())
                .isZero();
    }

    @Test
    void refusesATruncationThatIsNotPositive() {
        ImportanceSampling zero = new ImportanceSampling(
                true, false, 0, TokenRule.Truncate, 0.5, 5, 0.2, SequenceRule.None, 0.999, 1.001, 1e-4);
        assertThatThrownBy(() -> TokenObjective.of(null, zero, GoldenGroup.TOKEN_SUM))
                .hasMessage("importanceSampling.truncation: expected a number above 0, found 0.0");
    }

    private static TokenTerms evaluate(int i, ImportanceSampling sampling, LossSpec loss) {
        return TokenObjective.of(GoldenGroup.CLIP, sampling, loss).evaluate(GoldenGroup.response(i), 2);
    }
}
