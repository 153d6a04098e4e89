package rl.ballast.modeling.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import rl.ballast.modeling.config.ModelConfig;

/// Checks, with the model and the matrix library at hand, that a sequence scores the same bits alone and among
/// others. It costs a few forward passes of under a hundred rows.
final class BatchInvarianceCheck {
    private static final int[] LENGTHS = {2, 3, 9, 17, 30, 9};

    private BatchInvarianceCheck() {}

    /// The first difference in words; empty when there is none.
    static Optional<String> firstDifference(Policy policy) {
        List<ForwardInput> inputs = inputs(policy.config());
        List<ForwardOutput> together = policy.score(inputs, 1, false);
        for (int i = 0; i < inputs.size(); i++) {
            ForwardOutput alone = policy.score(List.of(inputs.get(i)), 1, false).getFirst();
            float[] expected = together.get(i).trainerLogProbs();
            int at = Arrays.mismatch(expected, alone.trainerLogProbs());
            if (at >= 0) {
                return Optional.of("a sequence of %d tokens, log-probability %d: %s among others, %s alone"
                        .formatted(LENGTHS[i], at, expected[at], alone.trainerLogProbs()[at]));
            }
        }
        return Optional.empty();
    }

    private static List<ForwardInput> inputs(ModelConfig config) {
        SplittableRandom random = new SplittableRandom(0);
        List<ForwardInput> inputs = new ArrayList<>();
        for (int length : LENGTHS) {
            int[] tokens = random.ints(Math.min(length, config.maxPositions()), 0, config.vocabSize())
                    .toArray();
            if (tokens.length > 1) {
                inputs.add(new ForwardInput(tokens, 1, null, null));
            }
        }
        return inputs;
    }
}
