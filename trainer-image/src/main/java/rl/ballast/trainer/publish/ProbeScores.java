package rl.ballast.trainer.publish;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.ForwardOutput;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.modeling.weights.BehaviourProbe;

/// Scores the first sequences of a run's own data with the weights of now. Always the same sequences, so that the
/// deviations of versions can be compared.
///
/// @param sequences fit for a probe
public record ProbeScores(Policy policy, List<int[]> sequences) implements Supplier<Optional<BehaviourProbe>> {

    /// @param data any number of token sequences, of any length
    public static ProbeScores of(Policy policy, List<int[]> data) {
        return new ProbeScores(
                policy,
                data.stream()
                        .filter(tokens -> tokens.length > 1)
                        .limit(BehaviourProbe.MAX_SEQUENCES)
                        .map(tokens -> Arrays.copyOf(tokens, Math.min(tokens.length, BehaviourProbe.MAX_TOKENS)))
                        .toList());
    }

    /// Empty if the run has no sequence of two tokens.
    @Override
    public Optional<BehaviourProbe> get() {
        if (sequences.isEmpty()) {
            return Optional.empty();
        }
        List<ForwardInput> inputs = sequences.stream()
                .map(tokens -> new ForwardInput(tokens, 1, null, null))
                .toList();
        List<float[]> logProbs = policy.score(inputs, 1, false).stream()
                .map(ForwardOutput::trainerLogProbs)
                .toList();
        return Optional.of(new BehaviourProbe(sequences, logProbs));
    }
}
