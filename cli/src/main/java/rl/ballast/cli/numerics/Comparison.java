package rl.ballast.cli.numerics;

import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.objective.EngineMismatch;

/// How two scorers differ over the same tokens.
///
/// A differing expert set *starts* a difference if no set of the same sequence differs at an earlier or equal
/// position in a lower layer, or at an earlier position in any layer: nothing but rounding can have caused it. Its
/// margin is `|ln w_a - ln w_b|`, with `w_a` the smallest gate weight of an expert that only the one chose and `w_b`
/// the largest that only the other chose: near a tie, the distance of the two experts' router logits.
///
/// @param replayed whether the first scorer used the experts of the second; its own choice is compared then, which
///        starts nothing and has no margin
/// @param maxDifference largest |difference| of log-probabilities
/// @param maxSettledDifference the same over the tokens that no differing set can have touched; NaN if there is none
/// @param settledTokens number of those tokens
/// @param mismatch the first scorer as the learner, the second as the rollout engine
record Comparison(
        String name,
        boolean replayed,
        double maxDifference,
        double meanDifference,
        double maxSettledDifference,
        long settledTokens,
        EngineMismatch.Summary mismatch,
        List<Layer> layers) {
    Comparison {
        layers = List.copyOf(layers);
    }

    /// @param layer global index
    /// @param cells compared (token, layer) cells
    /// @param differing cells whose expert sets differ
    /// @param starting of those, the ones that start a difference
    /// @param largestMargin of the starting ones; NaN if there is none
    record Layer(int layer, long cells, long differing, long starting, double largestMargin) {}

    static Comparison of(
            String name, ModelConfig config, List<TokenScorer.Scored> learner, List<TokenScorer.Scored> engine) {
        ComparisonPass pass = new ComparisonPass(config);
        for (int i = 0; i < learner.size(); i++) {
            pass.add(learner.get(i), engine.get(i));
        }
        return pass.result(name);
    }

    long cells() {
        return layers.stream().mapToLong(Layer::cells).sum();
    }

    long differing() {
        return layers.stream().mapToLong(Layer::differing).sum();
    }

    long starting() {
        return layers.stream().mapToLong(Layer::starting).sum();
    }

    /// NaN if nothing starts.
    double largestMargin() {
        return layers.stream()
                .mapToDouble(Layer::largestMargin)
                .filter(margin -> !Double.isNaN(margin))
                .max()
                .orElse(Double.NaN);
    }

    /// Whether the scorers agree: no settled token differs by more than `tolerance`, and no set differs but at a tie
    /// that is nearer than `tolerance`.
    boolean within(double tolerance) {
        return !(maxSettledDifference > tolerance) && !(largestMargin() > tolerance);
    }
}
