package rl.ballast.protocol.objective;

/// Divergences between two policies that look at the sampled token only: each policy is a coin that shows this token or
/// another one (arXiv 2602.04879). Both are lower bounds of the divergence over the whole vocabulary.
public final class BinaryDivergence {
    private BinaryDivergence() {}

    /// `|p - q|`: total variation, in [0, 1].
    public static double totalVariation(double logP, double logQ) {
        return Math.abs(probability(logP) - probability(logQ));
    }

    /// `KL(p || q) = p log(p / q) + (1 - p) log((1 - p) / (1 - q))` in nats; infinite when q is certain and p is not.
    public static double kl(double logP, double logQ) {
        double p = probability(logP);
        double otherP = 1 - p < 0.5 ? -Math.expm1(Math.min(logP, 0)) : 1 - p;
        double otherQ = -Math.expm1(Math.min(logQ, 0));
        double shown = p == 0 ? 0 : p * (Math.min(logP, 0) - Math.min(logQ, 0));
        double hidden = otherP == 0 ? 0 : otherP * (Math.log(otherP) - Math.log(otherQ));
        return Math.max(0, shown + hidden);
    }

    /// Rounding in a forward pass can leave a log-probability a little above 0.
    private static double probability(double logP) {
        return Math.min(1, Math.exp(logP));
    }
}
