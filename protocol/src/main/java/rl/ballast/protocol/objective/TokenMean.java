package rl.ballast.protocol.objective;

/// Mean over the tokens that the loss mask keeps, for example of the policy's entropy (arXiv 2512.01374, section 10 of
/// the notes: `H = E[-sum_v pi_theta(v) log pi_theta(v)]`, in nats). Mergeable; not thread-safe.
public final class TokenMean {
    private final DoubleSum sum = new DoubleSum();
    private long tokens;

    /// @param values one per token
    public void add(float[] values, boolean[] lossMask) {
        add(ResponseScores.widen(values), lossMask);
    }

    /// @param values one per token
    /// @throws IllegalArgumentException if the lengths differ
    public void add(double[] values, boolean[] lossMask) {
        if (values.length != lossMask.length) {
            throw new IllegalArgumentException(
                    "lossMask: expected %d values, found %d".formatted(values.length, lossMask.length));
        }
        for (int t = 0; t < values.length; t++) {
            if (lossMask[t]) {
                sum.add(values[t]);
                tokens++;
            }
        }
    }

    /// Appends what `other` has seen.
    public void merge(TokenMean other) {
        sum.add(other.sum);
        tokens += other.tokens;
    }

    public long tokens() {
        return tokens;
    }

    /// NaN when there was no token.
    public double mean() {
        return tokens == 0 ? Double.NaN : sum.value() / tokens;
    }
}
