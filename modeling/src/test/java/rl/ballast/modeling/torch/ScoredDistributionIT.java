package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.weights.FlatParameterStore;

/// Scores are of the distribution that was sampled from: temperature and kept tokens.
class ScoredDistributionIT {
    private static final int[] PROMPT = {5, 17, 40, 8};

    private final TransformersFixture fixture = TransformersFixture.open("moe-normalised");
    private final FlatParameterStore store = fixture.weights();
    private final TorchPolicy policy = fixture.policy(store);

    @AfterEach
    void close() {
        policy.close();
        store.close();
    }

    @Test
    void keptTokensShareAllProbability() {
        int[] kept = {3, 9, 41, 80};
        double[] free = next(1);
        double mass = 0;
        double entropy = 0;
        for (int id : kept) {
            mass += Math.exp(free[id]);
        }
        for (int id : kept) {
            double logProb = free[id] - Math.log(mass);
            entropy -= Math.exp(logProb) * logProb;
        }

        ForwardOutput output =
                policy.score(List.of(with(41, new int[][] {kept})), 1, false).getFirst();

        assertThat((double) output.trainerLogProbs()[0]).isCloseTo(free[41] - Math.log(mass), within(1e-5));
        assertThat((double) output.entropies()[0]).isCloseTo(entropy, within(1e-5));
    }

    @Test
    void temperatureDividesTheLogits() {
        double[] free = next(1);
        double sum = 0;
        for (double logProb : free) {
            sum += Math.exp(logProb / 0.5);
        }

        double[] sharp = next(0.5);

        for (int id = 0; id < free.length; id++) {
            assertThat(sharp[id]).isCloseTo(free[id] / 0.5 - Math.log(sum), within(1e-4));
        }
    }

    @Test
    void gradientOfTheMaskedTokensIsZero() {
        int[] kept = {41};

        policy.forwardBackward(List.of(with(41, new int[][] {kept})), 1, outputs -> new float[][] {{1}});

        for (long i = 0; i < store.elements(); i++) {
            assertThat(store.gradients().getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i))
                    .isZero();
        }
    }

    /// Log-probabilities of every token after the prompt.
    private double[] next(double temperature) {
        List<ForwardInput> inputs = new ArrayList<>();
        for (int id = 0; id < fixture.config().vocabSize(); id++) {
            inputs.add(with(id, null));
        }
        return policy.score(inputs, temperature, false).stream()
                .mapToDouble(output -> output.trainerLogProbs()[0])
                .toArray();
    }

    private static ForwardInput with(int last, int @org.jspecify.annotations.Nullable [][] kept) {
        int[] tokens = java.util.Arrays.copyOf(PROMPT, PROMPT.length + 1);
        tokens[PROMPT.length] = last;
        return new ForwardInput(tokens, PROMPT.length, null, kept);
    }
}
