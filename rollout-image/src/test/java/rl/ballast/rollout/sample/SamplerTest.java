package rl.ballast.rollout.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 40_000;

    private final Sampler sampler = new Sampler();

    @Test
    void drawsTokensAsOftenAsTheirProbabilitySays() {
        float[] logits = {0f, 1f, 2f, -1f};
        double[] expected = softmax(logits, 0.8);
        assertFrequencies(logits, new SamplingRule(0.8, 0, 1), expected);
    }

    @Test
    void drawsFromWhatTopKKeptAndRenormalises() {
        float[] logits = {0f, 1f, 2f, -1f};
        double[] expected = softmax(new float[] {Float.NEGATIVE_INFINITY, 1f, 2f, Float.NEGATIVE_INFINITY}, 1);
        assertFrequencies(logits, new SamplingRule(1, 2, 1), expected);
    }

    @Test
    void logProbIsThatOfTheDistributionSampledFrom() {
        float[] logits = {0.3f, -1.2f, 2.4f, 0.9f, 0.1f};
        double[] all = softmax(logits, 0.5);
        SampledToken free = sample(logits, new SamplingRule(0.5, 0, 1), 5, 0);
        assertThat((double) free.logProb()).isCloseTo(Math.log(all[free.token()]), within(1e-6));
        for (long seed = 0; seed < 50; seed++) {
            SampledToken kept = sample(logits, new SamplingRule(0.5, 3, 1), seed, 2);
            double sum = all[0] + all[2] + all[3];
            assertThat(kept.kept()).containsExactly(0, 2, 3);
            assertThat((double) kept.logProb()).isCloseTo(Math.log(all[kept.token()] / sum), within(1e-6));
        }
    }

    @Test
    void topPKeepsTheSmallestSetThatReachesIt() {
        float[] logits = {(float) Math.log(0.1), (float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.1)};
        assertThat(sample(logits, new SamplingRule(1, 0, 0.49), 1, 0).kept()).containsExactly(1);
        assertThat(sample(logits, new SamplingRule(1, 0, 0.51), 1, 0).kept()).containsExactly(1, 2);
        assertThat(sample(logits, new SamplingRule(1, 0, 0.85), 1, 0).kept()).containsExactly(0, 1, 2);
        assertThat(sample(logits, new SamplingRule(1, 2, 0.7), 1, 0).kept()).containsExactly(1, 2);
        assertThat(sample(logits, new SamplingRule(1, 2, 0.6), 1, 0).kept()).containsExactly(1);
    }

    @Test
    void equalLogitsAreKeptFromTheLowestId() {
        assertThat(sample(new float[] {1f, 2f, 1f, 1f}, new SamplingRule(1, 2, 1), 1, 0)
                        .kept())
                .containsExactly(0, 1);
        assertThat(sample(new float[] {0f, -0f, 0f}, new SamplingRule(1, 1, 1), 1, 0)
                        .kept())
                .containsExactly(0);
    }

    @Test
    void nothingIsReportedAsKeptWhenNothingFilters() {
        assertThat(sample(new float[] {1f, 2f}, new SamplingRule(1, 0, 1), 1, 0).kept())
                .isNull();
    }

    @Test
    void temperatureZeroTakesTheFirstOfTheLikeliest() {
        SampledToken token = sample(new float[] {1f, 3f, 3f, 2f}, new SamplingRule(0, 0, 1), 9, 4);
        assertThat(token.token()).isEqualTo(1);
        assertThat(token.logProb()).isZero();
        assertThat(token.kept()).containsExactly(1);
    }

    @Test
    void seedAndIndexDecideWhateverWasDrawnBefore() {
        float[] logits = new float[50];
        SamplingRule rule = new SamplingRule(1, 0, 1);
        int[] forwards = IntStream.range(0, 100)
                .map(i -> sample(logits, rule, 77, i).token())
                .toArray();
        int[] backwards = new int[100];
        for (int i = 99; i >= 0; i--) {
            backwards[i] = sample(logits, rule, 77, i).token();
        }
        assertThat(backwards).isEqualTo(forwards);
        assertThat(Arrays.stream(forwards).distinct().count()).isGreaterThan(30);
        int[] otherSeed = IntStream.range(0, 100)
                .map(i -> sample(logits, rule, 78, i).token())
                .toArray();
        assertThat(otherSeed).isNotEqualTo(forwards);
    }

    @Test
    void neighbouringSeedsAndIndicesAreIndependent() {
        double sum = 0;
        double product = 0;
        for (int i = 0; i < DRAWS; i++) {
            double a = SampleSeed.uniform(i, 0);
            sum += a;
            product += (a - 0.5) * (SampleSeed.uniform(i + 1L, 0) - 0.5) + (a - 0.5) * (SampleSeed.uniform(i, 1) - 0.5);
        }
        assertThat(sum / DRAWS).isCloseTo(0.5, within(0.01));
        assertThat(product / DRAWS).isCloseTo(0, within(0.002));
    }

    @Test
    void refusesLogitsThatAreNotFinite() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (SamplingRule rule : new SamplingRule[] {new SamplingRule(1, 0, 1), new SamplingRule(0, 0, 1)}) {
                assertThatThrownBy(() -> sample(new float[] {1f, bad}, rule, 1, 0))
                        .isInstanceOf(ArithmeticException.class)
                        .hasMessage("logit of token 1 is %s", bad);
            }
        }
    }

    @Test
    void refusesRulesOutOfRange() {
        assertThatThrownBy(() -> new SamplingRule(-0.1, 0, 1)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new SamplingRule(Double.NaN, 0, 1)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new SamplingRule(1, -1, 1)).hasMessageContaining("topK");
        assertThatThrownBy(() -> new SamplingRule(1, 0, 0)).hasMessageContaining("topP");
        assertThatThrownBy(() -> new SamplingRule(1, 0, 1.01)).hasMessageContaining("topP");
    }

    @Test
    void entropyAndLogProbsOfAWholeRowAddUp() {
        SplittableRandom random = new SplittableRandom(3);
        float[] logits = new float[1000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextDouble(-8, 8);
        }
        Distribution distribution = new Distribution();
        distribution.load(logits, 0, 1000, 1.3);
        double[] p = softmax(logits, 1.3);
        double entropy = 0;
        for (int i = 0; i < 1000; i++) {
            entropy -= p[i] * Math.log(p[i]);
            assertThat((double) distribution.logProb(i)).isCloseTo(Math.log(p[i]), within(2e-6));
        }
        assertThat((double) distribution.entropy()).isCloseTo(entropy, within(1e-6));
    }

    private SampledToken sample(float[] logits, SamplingRule rule, long seed, int index) {
        return sampler.sample(logits, 0, logits.length, rule, seed, index, true);
    }

    private void assertFrequencies(float[] logits, SamplingRule rule, double[] expected) {
        int[] counts = new int[logits.length];
        for (int i = 0; i < DRAWS; i++) {
            counts[sample(logits, rule, i * 31L, i % 7).token()]++;
        }
        for (int id = 0; id < logits.length; id++) {
            double deviation = Math.sqrt(expected[id] * (1 - expected[id]) / DRAWS);
            assertThat(counts[id] / (double) DRAWS).isCloseTo(expected[id], within(4 * deviation));
        }
    }

    private static double[] softmax(float[] logits, double temperature) {
        double[] p = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(logits[i] / temperature);
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return p;
    }
}
