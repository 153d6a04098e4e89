package rl.ballast.cli.numerics;

import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.rollout.engine.SequenceScores;

/// Scores given sequences with one of the engines.
interface TokenScorer extends AutoCloseable {
    ModelConfig config();

    /// @param sequences T tokens each, at least one
    /// @param routes per sequence T rows of experts to use; null lets the router choose
    List<Scored> score(List<int[]> sequences, @Nullable List<Routes> routes, double temperature);

    /// Scores of one sequence.
    ///
    /// @param scores with the experts that were used
    /// @param live what the router itself chose, laid out like `scores.experts()`; null unless experts were
    ///        replayed
    record Scored(SequenceScores scores, int @Nullable [] live) {}

    @Override
    void close();
}
