package rl.ballast.protocol.objective;

/// Probability ratios from natural log-probabilities. Every log difference is clamped to [-[#LIMIT], [#LIMIT]] before
/// it is exponentiated, so that no ratio overflows; whoever clamps also counts.
public final class LogRatio {
    /// exp(20) is about 4.9e8: beyond any ratio that carries information, far from overflow even when squared.
    public static final double LIMIT = 20.0;

    private LogRatio() {}

    /// `log(p / q)`, clamped.
    public static double clampedDifference(double logP, double logQ) {
        return Math.clamp(logP - logQ, -LIMIT, LIMIT);
    }

    /// Whether [#clampedDifference] changes the difference.
    public static boolean clamps(double logP, double logQ) {
        return Math.abs(logP - logQ) > LIMIT;
    }

    /// `p / q`, of the clamped difference.
    public static double ratio(double logP, double logQ) {
        return Math.exp(clampedDifference(logP, logQ));
    }

    /// Geometric mean of `p / q` over the tokens that `lossMask` keeps: `exp(mean_t log(p_t / q_t))`. 1 when none is
    /// kept.
    public static double geometricMean(double[] logP, double[] logQ, boolean[] lossMask) {
        return Math.exp(meanLog(logP, logQ, lossMask));
    }

    /// Ratio of the whole response, `prod_t p_t / q_t` over the kept tokens; the sum of logs is clamped like any other.
    public static double sequenceRatio(double[] logP, double[] logQ, boolean[] lossMask) {
        double sum = 0;
        for (int t = 0; t < logP.length; t++) {
            sum += lossMask[t] ? clampedDifference(logP[t], logQ[t]) : 0;
        }
        return Math.exp(Math.clamp(sum, -LIMIT, LIMIT));
    }

    static double meanLog(double[] logP, double[] logQ, boolean[] lossMask) {
        double sum = 0;
        int tokens = 0;
        for (int t = 0; t < logP.length; t++) {
            if (lossMask[t]) {
                sum += clampedDifference(logP[t], logQ[t]);
                tokens++;
            }
        }
        return tokens == 0 ? 0 : sum / tokens;
    }
}
