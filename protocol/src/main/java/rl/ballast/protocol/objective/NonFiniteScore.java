package rl.ballast.protocol.objective;

/// A log-probability that counts in the loss is NaN or infinite. Training must stop before the weights change.
public final class NonFiniteScore extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    NonFiniteScore(String field, int token, double found) {
        super("%s[%d]: expected a finite log-probability, found %s".formatted(field, token, found));
    }

    static void check(String field, double[] logProbs, boolean[] lossMask) {
        for (int t = 0; t < logProbs.length; t++) {
            if (lossMask[t] && !Double.isFinite(logProbs[t])) {
                throw new NonFiniteScore(field, t, logProbs[t]);
            }
        }
    }
}
