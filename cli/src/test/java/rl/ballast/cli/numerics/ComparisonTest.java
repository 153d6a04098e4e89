package rl.ballast.cli.numerics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.init.ModelInit;
import rl.ballast.rollout.engine.SequenceScores;

/// Three positions of a model with three layers and two experts per token, all in the sets {0, 1} unless changed.
class ComparisonTest {
    private static final ModelConfig CONFIG = ModelInit.config("tiny-moe");
    private static final int CELLS = 3 * CONFIG.moeLayerIndices().length;

    private final int[] learnerExperts = experts();
    private final int[] engineExperts = experts();
    private final float[] learnerGates = gates();
    private final float[] engineGates = gates();

    @Test
    void equalScoresAreWithinAnyTolerance() {
        Comparison same = compare(new float[] {-1, -2}, new float[] {-1, -2}, null);

        assertThat(same.maxDifference()).isZero();
        assertThat(same.differing()).isZero();
        assertThat(same.largestMargin()).isNaN();
        assertThat(same.settledTokens()).isEqualTo(2);
        assertThat(same.mismatch().k3()).isZero();
        assertThat(same.within(0)).isTrue();
    }

    @Test
    void theLargestDifferenceCountsAndSoDoTheTails() {
        float log12 = (float) Math.log(1.2);
        Comparison far = compare(new float[] {-1 + log12, -2}, new float[] {-1, -2}, null);

        assertThat(far.maxDifference()).isCloseTo(log12, within(1e-6));
        assertThat(far.meanDifference()).isCloseTo(log12 / 2, within(1e-6));
        assertThat(far.mismatch().tails()).containsEntry("1.1", 0.5).containsEntry("1.5", 0.0);
        assertThat(far.mismatch().k3()).isCloseTo((1.2 - 1 - Math.log(1.2)) / 2, within(1e-7));
        assertThat(far.within(0.19)).isTrue();
        assertThat(far.within(0.18)).isFalse();
    }

    @Test
    void tokensBehindADifferentSetAreNotJudgedButTheTieIs() {
        swap(engineExperts, engineGates, 1, 1, 0.26f); // position 1, layer 1: {0, 1} against {0, 2}
        learnerGates[cell(1, 1) + 1] = 0.25f;

        Comparison tie = compare(new float[] {-1, -2}, new float[] {-1, -3}, null);

        assertThat(tie.maxDifference()).isEqualTo(1);
        assertThat(tie.maxSettledDifference()).isZero();
        assertThat(tie.settledTokens()).isEqualTo(1);
        assertThat(tie.layers().get(1).starting()).isEqualTo(1);
        assertThat(tie.largestMargin()).isCloseTo(Math.log(0.26 / 0.25), within(1e-6));
        assertThat(tie.within(0.05)).isTrue();
        assertThat(tie.within(0.03)).isFalse();
    }

    @Test
    void onlyTheFirstDifferenceOfASequenceHasToBeATie() {
        swap(engineExperts, engineGates, 0, 2, 0.25f);
        learnerGates[cell(0, 2) + 1] = 0.25f;
        swap(engineExperts, engineGates, 1, 0, 0.9f); // far from a tie, but a later position

        Comparison two = compare(new float[] {-1, -2}, new float[] {-1, -2}, null);

        assertThat(two.differing()).isEqualTo(2);
        assertThat(two.starting()).isEqualTo(1);
        assertThat(two.layers().get(0).largestMargin()).isNaN();
        assertThat(two.within(1e-6)).isTrue();
        assertThat(two.maxSettledDifference()).isNaN();
    }

    @Test
    void aSetThatIsFarFromATieIsNeverWithin() {
        swap(engineExperts, engineGates, 0, 0, 0f);

        assertThat(compare(new float[] {-1, -2}, new float[] {-1, -2}, null).within(1e6))
                .isFalse();
    }

    @Test
    void withReplayEveryTokenIsJudgedAndTheRoutersOwnChoiceCompared() {
        int[] live = experts();
        live[cell(2, 0) + 1] = 3;

        Comparison replayed = compare(new float[] {-1, -2}, new float[] {-1, -2.5f}, live);

        assertThat(replayed.replayed()).isTrue();
        assertThat(replayed.differing()).isEqualTo(1);
        assertThat(replayed.starting()).isZero();
        assertThat(replayed.settledTokens()).isEqualTo(2);
        assertThat(replayed.within(0.4)).isFalse();
        assertThat(replayed.within(0.6)).isTrue();
    }

    private Comparison compare(float[] learner, float[] engine, int @Nullable [] live) {
        return Comparison.of(
                "test",
                CONFIG,
                List.of(scored(learner, learnerExperts, learnerGates, live)),
                List.of(scored(engine, engineExperts, engineGates, null)));
    }

    private static TokenScorer.Scored scored(float[] logProbs, int[] experts, float[] gates, int @Nullable [] live) {
        return new TokenScorer.Scored(new SequenceScores(logProbs, new float[3], experts, gates), live);
    }

    private static int cell(int position, int layer) {
        return (position * CONFIG.moeLayerIndices().length + layer) * 2;
    }

    private static void swap(int[] experts, float[] gates, int position, int layer, float weight) {
        experts[cell(position, layer) + 1] = 2;
        gates[cell(position, layer) + 1] = weight;
    }

    private static int[] experts() {
        int[] experts = new int[CELLS * 2];
        for (int cell = 0; cell < CELLS; cell++) {
            experts[2 * cell + 1] = 1;
        }
        return experts;
    }

    private static float[] gates() {
        float[] gates = new float[CELLS * 2];
        java.util.Arrays.fill(gates, 0.5f);
        return gates;
    }
}
