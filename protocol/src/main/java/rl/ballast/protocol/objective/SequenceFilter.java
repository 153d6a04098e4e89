package rl.ballast.protocol.objective;

import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.SequenceRule;

/// Which responses are dropped whole. A dropped response still counts in the number of responses.
///
/// - `None`: the paper.
/// - `Geometric` (Geo-RS; Liu and Li, 2025, "When Speed Kills Stability"): kept if
///   `low <= exp(mean_t log(pi_old / mu_old)) <= high`. The mean makes the bounds independent of length.
/// - `Opsm` (off-policy sequence masking; DeepSeek-V3.2, arXiv 2512.02556): dropped if `A < 0` and
///   `mean_t log(pi_old / pi_theta) > delta`.
///
/// Means are over the tokens that the loss mask keeps.
final class SequenceFilter {
    private SequenceFilter() {}

    static boolean drops(ImportanceSampling options, ResponseScores scores) {
        return switch (options.sequenceRule()) {
            case SequenceRule.None -> false;
            case SequenceRule.Geometric -> {
                double mean =
                        LogRatio.geometricMean(scores.proximalLogProbs(), scores.rolloutLogProbs(), scores.lossMask());
                yield mean < options.sequenceLow() || mean > options.sequenceHigh();
            }
            case SequenceRule.Opsm ->
                scores.advantage() < 0
                        && LogRatio.meanLog(scores.proximalLogProbs(), scores.trainerLogProbs(), scores.lossMask())
                                > options.opsmDelta();
        };
    }
}
