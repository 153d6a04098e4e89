package rl.ballast.protocol.objective;

/// What the objective did in one or more updates, over the tokens that the loss mask keeps. Mergeable: add the
/// micro-batches of a mini-batch, then merge the mini-batches of a step. Not thread-safe. The order of calls is the
/// order of summation.
public final class UpdateDiagnostics {
    private final DoubleSum loss = new DoubleSum();
    private final DoubleSum stalenessK3 = new DoubleSum();
    private final Spread.Accumulator importanceWeight = new Spread.Accumulator();
    private final Spread.Accumulator stalenessRatio = new Spread.Accumulator();
    private ObjectiveCounts counts = ObjectiveCounts.NONE;

    /// Adds one response.
    public void add(ResponseScores scores, TokenTerms terms) {
        loss.add(terms.loss());
        counts = counts.plus(terms.counts());
        for (int t = 0; t < scores.length(); t++) {
            if (scores.lossMask()[t]) {
                double d = LogRatio.clampedDifference(scores.trainerLogProbs()[t], scores.proximalLogProbs()[t]);
                stalenessK3.add(Math.expm1(d) - d);
                importanceWeight.add(terms.importanceWeight()[t]);
                stalenessRatio.add(terms.stalenessRatio()[t]);
            }
        }
    }

    /// Appends what `other` has seen.
    public void merge(UpdateDiagnostics other) {
        loss.add(other.loss);
        stalenessK3.add(other.stalenessK3);
        importanceWeight.add(other.importanceWeight);
        stalenessRatio.add(other.stalenessRatio);
        counts = counts.plus(other.counts);
    }

    public ObjectiveCounts counts() {
        return counts;
    }

    public Summary summary() {
        return new Summary(
                counts.tokens(),
                loss.value(),
                fraction(counts.clippedHigh() + counts.clippedLow()),
                fraction(counts.clippedHigh()),
                fraction(counts.clippedLow()),
                fraction(counts.ruleMasked()),
                fraction(counts.truncated()),
                counts.droppedResponses(),
                importanceWeight.spread(),
                stalenessRatio.spread(),
                counts.tokens() == 0 ? Double.NaN : stalenessK3.value() / counts.tokens(),
                counts.clamped());
    }

    private double fraction(long part) {
        return counts.tokens() == 0 ? 0 : part / (double) counts.tokens();
    }

    /// Part of `update` in `metrics.jsonl`.
    ///
    /// @param loss sum of the shares that were added: the loss of one mini-batch
    /// @param clipFraction tokens excluded by the clip (or DPPO's trust region), either side
    /// @param ruleMaskedFraction tokens excluded by IcePop
    /// @param truncationFraction tokens that contributed with a truncated weight
    /// @param importanceWeight before truncation
    /// @param stalenessK3 `mean(r - 1 - log r)`: how far the update has moved from the proximal policy, in nats
    /// @param clamped log differences cut to [LogRatio#LIMIT]
    public record Summary(
            long tokens,
            double loss,
            double clipFraction,
            double clipHighFraction,
            double clipLowFraction,
            double ruleMaskedFraction,
            double truncationFraction,
            long droppedResponses,
            Spread importanceWeight,
            Spread stalenessRatio,
            double stalenessK3,
            long clamped) {}
}
