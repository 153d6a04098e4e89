package rl.ballast.modeling.weights;

import java.util.List;

/// What the learner says of a few token sequences with the weights of a version, in float32: an engine that serves
/// the version must say nearly the same (docs/design/engine-protocol.md).
///
/// @param sequences 2 to [#MAX_TOKENS] tokens each, at most [#MAX_SEQUENCES]
/// @param logProbs per sequence of T tokens T - 1 values, natural log: token t + 1 at position t, temperature 1
public record BehaviourProbe(List<int[]> sequences, List<float[]> logProbs) {
    public static final int MAX_SEQUENCES = 8;
    public static final int MAX_TOKENS = 32;

    /// @throws IllegalArgumentException naming the field
    public BehaviourProbe {
        sequences = List.copyOf(sequences);
        logProbs = List.copyOf(logProbs);
        if (sequences.isEmpty() || sequences.size() > MAX_SEQUENCES || logProbs.size() != sequences.size()) {
            throw new IllegalArgumentException("probe: expected 1 to %d sequences and as many logProbs, found %d and %d"
                    .formatted(MAX_SEQUENCES, sequences.size(), logProbs.size()));
        }
        for (int i = 0; i < sequences.size(); i++) {
            check(i, sequences.get(i).length, logProbs.get(i));
        }
    }

    private static void check(int index, int tokens, float[] logProbs) {
        if (tokens < 2 || tokens > MAX_TOKENS) {
            throw new IllegalArgumentException(
                    "probe.sequences[%d]: expected 2 to %d tokens, found %d".formatted(index, MAX_TOKENS, tokens));
        }
        if (logProbs.length != tokens - 1) {
            throw new IllegalArgumentException(
                    "probe.logProbs[%d]: expected %d values, found %d".formatted(index, tokens - 1, logProbs.length));
        }
        for (float value : logProbs) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(
                        "probe.logProbs[%d]: expected finite numbers, found %s".formatted(index, value));
            }
        }
    }
}
