package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.protocol.trace.Routes;

/// Equal bits for a sequence alone, among 31 others, in several calls and in another order; live and replayed.
class BatchInvarianceIT {
    private static final int SEQUENCES = 32;

    @ParameterizedTest
    @CsvSource({
        "moe-normalised, false",
        "moe-normalised, true",
        "moe-raw-gates-wide-heads, false",
        "moe-raw-gates-wide-heads, true",
        "moe-mixed-layers-sharded, true",
        "moe-bf16-source, false",
        "dense-untied, false",
        "dense-tied-wide-heads, false"
    })
    void bitsOfASequenceDoNotDependOnItsCompany(String name, boolean replay) {
        TransformersFixture fixture = TransformersFixture.open(name);
        try (FlatParameterStore store = fixture.weights();
                TorchPolicy policy = fixture.policy(store)) {
            List<ForwardInput> inputs = inputs(fixture, replay);
            List<ForwardOutput> together = policy.score(inputs, 0.7, true);

            for (int i = 0; i < SEQUENCES; i++) {
                same("alone", i, policy.score(List.of(inputs.get(i)), 0.7, true).getFirst(), together.get(i));
            }
            List<ForwardOutput> pieces = new ArrayList<>();
            for (int[] range : new int[][] {{0, 5}, {5, 6}, {6, 23}, {23, 32}}) {
                pieces.addAll(policy.score(inputs.subList(range[0], range[1]), 0.7, true));
            }
            List<Integer> order = new ArrayList<>(
                    java.util.stream.IntStream.range(0, SEQUENCES).boxed().toList());
            Collections.shuffle(order, java.util.Random.from(new java.util.SplittableRandom(3)));
            List<ForwardOutput> shuffled =
                    policy.score(order.stream().map(inputs::get).toList(), 0.7, true);
            List<ForwardOutput> training = policy.forwardBackward(inputs, 0.7, BatchInvarianceIT::ones);
            for (int i = 0; i < SEQUENCES; i++) {
                same("in pieces", i, pieces.get(i), together.get(i));
                same("in another order", order.get(i), shuffled.get(i), together.get(order.get(i)));
                assertThat(training.get(i).trainerLogProbs())
                        .as("in training, sequence %d", i)
                        .isEqualTo(together.get(i).trainerLogProbs());
            }
        }
    }

    /// One key head, sizes that are no multiple of a vector, sequences beyond one range of attention, and several
    /// threads.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void bitsDoNotDependOnTheThreadsOfTheCompany(int threads) {
        boolean[] moe = {true, false};
        ModelConfig config = new ModelConfig(
                ModelConfig.Family.QWEN3_MOE,
                61,
                52,
                2,
                5,
                1,
                12,
                36,
                6,
                2,
                20,
                true,
                moe,
                1e-6,
                10000,
                false,
                512,
                new int[] {2});
        SplittableRandom random = new SplittableRandom(5);
        try (FlatParameterStore store = FlatParameterStore.allocate(config)) {
            for (long i = 0; i < store.elements(); i++) {
                store.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextDouble() - 0.4));
            }
            try (TorchPolicy policy = new TorchPolicy(config, store, TorchOptions.withThreads(threads))) {
                List<ForwardInput> inputs = new ArrayList<>();
                for (int length : new int[] {2, 300, 9, 9, 10, 131, 400, 30, 31, 3}) {
                    inputs.add(new ForwardInput(random.ints(length, 0, 61).toArray(), 1, null, null));
                }
                List<ForwardOutput> together = policy.score(inputs, 1, true);
                for (int i = 0; i < inputs.size(); i++) {
                    same(
                            "alone",
                            i,
                            policy.score(List.of(inputs.get(i)), 1, true).getFirst(),
                            together.get(i));
                }
            }
        }
    }

    private static void same(String how, int index, ForwardOutput found, ForwardOutput expected) {
        String what = how + ", sequence " + index;
        assertThat(found.trainerLogProbs()).as(what).isEqualTo(expected.trainerLogProbs());
        assertThat(found.entropies()).as(what).isEqualTo(expected.entropies());
        assertThat(found.liveRoutes()).as(what).isEqualTo(expected.liveRoutes());
        assertThat(found.gateWeights()).as(what).isEqualTo(expected.gateWeights());
    }

    static float[][] ones(List<ForwardOutput> outputs) {
        float[][] result = new float[outputs.size()][];
        for (int i = 0; i < result.length; i++) {
            result[i] = new float[outputs.get(i).trainerLogProbs().length];
            Arrays.fill(result[i], 1);
        }
        return result;
    }

    private static List<ForwardInput> inputs(TransformersFixture fixture, boolean replay) {
        RandomGenerator random = new java.util.SplittableRandom(7);
        List<ForwardInput> inputs = new ArrayList<>();
        for (int i = 0; i < SEQUENCES; i++) {
            int[] tokens = new int[2 + random.nextInt(i % 4 == 0 ? 60 : 12)];
            for (int t = 0; t < tokens.length; t++) {
                tokens[t] = random.nextInt(fixture.config().vocabSize());
            }
            Routes routes = replay && i % 3 != 0 ? RandomRoutes.of(fixture.config(), tokens.length - 1, random) : null;
            inputs.add(new ForwardInput(tokens, 1 + random.nextInt(tokens.length - 1), routes, null));
        }
        return inputs;
    }
}
