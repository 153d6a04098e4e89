package rl.ballast.protocol.objective;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the objective needs of one response; T tokens, natural logs, all three of the distribution that was really
/// sampled from (temperature and kept tokens applied). Arrays are shared, not copied.
///
/// @param advantage of the response, the same for every token
/// @param trainerLogProbs `log pi_theta`, [T]: the weights of now, in the learner
/// @param proximalLogProbs `log pi_old`, [T]: the weights of the rollout, in the learner
/// @param rolloutLogProbs `log mu_old`, [T]: the weights of the rollout, in the engine that sampled
/// @param lossMask [T], true = sampled by the policy; the others count in no loss and no diagnostic, and their
///        log-probabilities may be anything
public record ResponseScores(
        double advantage,
        double[] trainerLogProbs,
        double[] proximalLogProbs,
        double[] rolloutLogProbs,
        boolean[] lossMask) {

    /// @throws IllegalArgumentException if lengths differ or the advantage is not finite
    /// @throws NonFiniteScore if a log-probability that counts is not finite
    public ResponseScores {
        int length = trainerLogProbs.length;
        requireLength("proximalLogProbs", proximalLogProbs.length, length);
        requireLength("rolloutLogProbs", rolloutLogProbs.length, length);
        requireLength("lossMask", lossMask.length, length);
        if (!Double.isFinite(advantage)) {
            throw new IllegalArgumentException("advantage: expected a finite number, found " + advantage);
        }
        NonFiniteScore.check("trainerLogProbs", trainerLogProbs, lossMask);
        NonFiniteScore.check("proximalLogProbs", proximalLogProbs, lossMask);
        NonFiniteScore.check("rolloutLogProbs", rolloutLogProbs, lossMask);
    }

    /// From what the forward passes and the engine return.
    ///
    /// @param lossMask null keeps every token
    public static ResponseScores of(
            double advantage,
            float[] trainerLogProbs,
            float[] proximalLogProbs,
            float[] rolloutLogProbs,
            boolean @Nullable [] lossMask) {
        return new ResponseScores(
                advantage,
                widen(trainerLogProbs),
                widen(proximalLogProbs),
                widen(rolloutLogProbs),
                lossMask == null ? all(trainerLogProbs.length) : lossMask);
    }

    /// A mask that keeps `tokens` tokens.
    public static boolean[] all(int tokens) {
        boolean[] mask = new boolean[tokens];
        Arrays.fill(mask, true);
        return mask;
    }

    /// T, masked tokens included.
    public int length() {
        return trainerLogProbs.length;
    }

    /// Tokens that `lossMask` keeps.
    public int unmasked() {
        int count = 0;
        for (boolean kept : lossMask) {
            count += kept ? 1 : 0;
        }
        return count;
    }

    static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    static void requireLength(String field, int found, int expected) {
        if (found != expected) {
            throw new IllegalArgumentException(
                    "%s: expected %d values, one per token, found %d".formatted(field, expected, found));
        }
    }
}
