package rl.ballast.protocol.objective;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Signs that came before a collapse in the paper (section 5: the mismatch climbs, entropy drops), as rules of thumb
/// over a series of steps. A trend counts more than a level, since FP8 rollouts sit ten times above BF16. Pure.
public final class WarningSigns {
    /// Below this a mismatch may rise as it likes, in nats.
    public static final double MISMATCH_FLOOR = 1e-4;
    /// Above this it warns whatever its trend, in nats.
    public static final double MISMATCH_WARNING = 1e-2;

    private static final double MISMATCH_GROWTH = 2;
    private static final int ENTROPY_STEPS = 5;
    private static final double ENTROPY_SHARE = 1.0 / 3;
    /// Entropy that has come down to this share of its start is that of a policy that knows its answers.
    private static final double ENTROPY_SETTLED = 0.1;

    private WarningSigns() {}

    /// How the mismatch between engine and learner went, in nats: medians of the first and of the last quarter of the
    /// steps, and the largest.
    public record Mismatch(double early, double late, double largest) {
        public boolean doubled() {
            return late > MISMATCH_GROWTH * early;
        }

        /// Whether it has more than doubled, and is large enough for that to mean something.
        public boolean rises() {
            return doubled() && late > MISMATCH_FLOOR;
        }

        public boolean high() {
            return late > MISMATCH_WARNING;
        }

        /// Whether any step was above the limit; a single one is no trend.
        public boolean peaked() {
            return largest > MISMATCH_WARNING;
        }
    }

    /// @param k3 one value per step, in order; all finite
    /// @return empty without a value
    public static Optional<Mismatch> mismatch(double[] k3) {
        if (k3.length == 0) {
            return Optional.empty();
        }
        int quarter = Math.max(1, k3.length / 4);
        return Optional.of(new Mismatch(
                median(Arrays.copyOf(k3, quarter)),
                median(Arrays.copyOfRange(k3, k3.length - quarter, k3.length)),
                Arrays.stream(k3).max().orElseThrow()));
    }

    /// Whether entropy anywhere fell to less than a third within five steps, from a height that means something.
    ///
    /// @param entropy nats per token, one value per step, in order
    public static boolean entropyFell(double[] entropy) {
        for (int i = ENTROPY_STEPS; i < entropy.length; i++) {
            double before = entropy[i - ENTROPY_STEPS];
            if (entropy[i] < before * ENTROPY_SHARE && before > entropy[0] * ENTROPY_SETTLED) {
                return true;
            }
        }
        return false;
    }

    /// What the signs of a window of steps say together.
    ///
    /// @param stable whether there is none
    /// @param reason in CamelCase
    public record Verdict(boolean stable, String reason, String message) {}

    /// @param k3 as for [#mismatch(double\[\])]
    /// @param entropy as for [#entropyFell(double\[\])]
    /// @return empty while there are too few steps for a trend
    public static Optional<Verdict> verdict(double[] k3, double[] entropy) {
        if (k3.length < 2 * ENTROPY_STEPS) {
            return Optional.empty();
        }
        Mismatch mismatch = mismatch(k3).orElseThrow();
        String numbers = String.format(
                Locale.ROOT,
                "mismatch KL %.2g nats, %.2g at first, at most %.2g, over the last %d steps",
                mismatch.late(),
                mismatch.early(),
                mismatch.largest(),
                k3.length);
        if (mismatch.high()) {
            return Optional.of(new Verdict(false, "MismatchHigh", numbers));
        }
        if (mismatch.rises()) {
            return Optional.of(new Verdict(false, "MismatchRising", numbers));
        }
        return entropyFell(entropy)
                ? Optional.of(new Verdict(
                        false, "EntropyFell", "entropy fell to less than a third within five steps; " + numbers))
                : Optional.of(new Verdict(true, "NoWarningSign", numbers));
    }

    /// The lower one of an even number: with two values a single high one says nothing.
    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) / 2];
    }
}
