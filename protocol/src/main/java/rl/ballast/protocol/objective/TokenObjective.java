package rl.ballast.protocol.objective;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.recipe.ClipRange;
import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.LossSpec;
import rl.ballast.protocol.recipe.OffPolicy;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.recipe.TokenRule;

/// The objective of the paper (arXiv 2512.01374, Eq. 7) and the variants that people compare it with. Immutable.
///
/// With `rho = pi_old / mu_old` (engineRatio), `r = pi_theta / pi_old` (stalenessRatio), `w = pi_theta / mu_old = rho
/// r` (importanceWeight), `sg` = constant under differentiation:
///
/// ```
/// loss = -(1 / responses) sum_i sum_t M_it sg[min(w_it, truncation)] A_i log pi_theta(y_it)
/// M = 0   if A > 0 and r > 1 + clip.high, or A < 0 and r < 1 - clip.low;   1 otherwise
/// ```
///
/// The clip looks at `r`, the truncation at the product `w`; there is no division by a length. On-policy recipes do not
/// clip. Options, none of them a default:
///
/// - `LengthNormalized` (GRPO, arXiv 2402.03300): each response's sum is divided by its number of unmasked tokens. It
///   breaks the first-order approximation; the paper finds it stable but worse.
/// - importance sampling off: the weight is `min(r, truncation)`, as if `mu_old` were `pi_old` (GRPO and CISPO do so).
///   With one update per batch the weight is 1. The paper finds that it collapses.
/// - `IcePop` (arXiv 2510.18855): `M = 0` also where `rho` leaves `[maskLow, maskHigh]`; the weight is `w`, uncut.
/// - `DppoTv`, `DppoKl` (arXiv 2602.04879): no clip on `r`; instead `M = 0` if `D > divergenceLimit` and
///   (`A > 0` and `w > 1`, or `A < 0` and `w < 1`), with `D` of [BinaryDivergence] from `mu_old` to `pi_theta`.
///   Anchored to the rollout policy; weights are still truncated.
/// - sequence rules: [SequenceFilter].
public final class TokenObjective {
    private final @Nullable ClipRange clip;
    private final ImportanceSampling sampling;
    private final LossSpec.Aggregation aggregation;

    private TokenObjective(@Nullable ClipRange clip, ImportanceSampling sampling, LossSpec.Aggregation aggregation) {
        this.clip = clip;
        this.sampling = sampling;
        this.aggregation = aggregation;
    }

    /// The objective that a recipe asks for.
    public static TokenObjective of(Recipe recipe) {
        OffPolicy offPolicy = recipe.offPolicy();
        return of(offPolicy == null ? null : offPolicy.clip(), recipe.importanceSampling(), recipe.loss());
    }

    /// @param clip null does not clip
    public static TokenObjective of(@Nullable ClipRange clip, ImportanceSampling sampling, LossSpec loss) {
        if (!(sampling.truncation() > 0)) {
            throw new IllegalArgumentException("importanceSampling.truncation: expected a number above 0, found %s"
                    .formatted(sampling.truncation()));
        }
        return new TokenObjective(clip, sampling, loss.aggregation());
    }

    /// The terms of one response.
    ///
    /// @param responses number of responses of the whole mini-batch, empty ones included, of which this is one
    public TokenTerms evaluate(ResponseScores scores, int responses) {
        if (responses < 1) {
            throw new IllegalArgumentException("responses: expected at least 1, found " + responses);
        }
        Terms terms = new Terms(scores.length());
        boolean dropped = SequenceFilter.drops(sampling, scores);
        int unmasked = scores.unmasked();
        double divisor = aggregation == LossSpec.Aggregation.LengthNormalized
                ? (double) responses * Math.max(1, unmasked)
                : responses;
        for (int t = 0; t < scores.length(); t++) {
            terms.ratios(scores, t);
            if (scores.lossMask()[t]) {
                terms.countClamps(scores, t);
                double uncut = sampling.enabled() ? terms.importanceWeight[t] : terms.stalenessRatio[t];
                terms.weight[t] = sampling.rule() == TokenRule.IcePop ? uncut : Math.min(uncut, sampling.truncation());
                terms.mask[t] = !dropped && keeps(terms, scores, t);
                if (terms.mask[t]) {
                    terms.truncated += terms.weight[t] < uncut ? 1 : 0;
                    terms.contribute(scores, t, divisor);
                }
            }
        }
        return terms.finish(unmasked, dropped);
    }

    private boolean keeps(Terms terms, ResponseScores scores, int t) {
        return switch (sampling.rule()) {
            case Truncate -> keepsByClip(terms, scores.advantage(), t);
            case IcePop -> keepsByIcePop(terms, t) && keepsByClip(terms, scores.advantage(), t);
            case DppoTv -> keepsByDivergence(terms, scores, t, true);
            case DppoKl -> keepsByDivergence(terms, scores, t, false);
        };
    }

    private boolean keepsByClip(Terms terms, double advantage, int t) {
        boolean excluded = clip != null && clip.excludes(terms.stalenessRatio[t], advantage);
        terms.countExcluded(excluded, advantage);
        return !excluded;
    }

    private boolean keepsByIcePop(Terms terms, int t) {
        double rho = terms.engineRatio[t];
        boolean kept = sampling.maskLow() <= rho && rho <= sampling.maskHigh();
        terms.ruleMasked += kept ? 0 : 1;
        return kept;
    }

    private boolean keepsByDivergence(Terms terms, ResponseScores scores, int t, boolean totalVariation) {
        double rollout = scores.rolloutLogProbs()[t];
        double trainer = scores.trainerLogProbs()[t];
        double advantage = scores.advantage();
        double weight = terms.importanceWeight[t];
        double divergence = totalVariation
                ? BinaryDivergence.totalVariation(rollout, trainer)
                : BinaryDivergence.kl(rollout, trainer);
        boolean movesAway = (advantage > 0 && weight > 1) || (advantage < 0 && weight < 1);
        boolean excluded = movesAway && divergence > sampling.divergenceLimit();
        terms.countExcluded(excluded, advantage);
        return !excluded;
    }

    /// Arrays and counters of one response while they are filled.
    private static final class Terms {
        final double[] engineRatio;
        final double[] stalenessRatio;
        final double[] importanceWeight;
        final boolean[] mask;
        final double[] weight;
        final double[] coefficient;
        double loss;
        long clippedHigh;
        long clippedLow;
        long ruleMasked;
        long truncated;
        long clamped;

        Terms(int length) {
            engineRatio = new double[length];
            stalenessRatio = new double[length];
            importanceWeight = new double[length];
            mask = new boolean[length];
            weight = new double[length];
            coefficient = new double[length];
        }

        void ratios(ResponseScores s, int t) {
            engineRatio[t] = LogRatio.ratio(s.proximalLogProbs()[t], s.rolloutLogProbs()[t]);
            stalenessRatio[t] = LogRatio.ratio(s.trainerLogProbs()[t], s.proximalLogProbs()[t]);
            importanceWeight[t] = LogRatio.ratio(s.trainerLogProbs()[t], s.rolloutLogProbs()[t]);
        }

        void countClamps(ResponseScores s, int t) {
            double trainer = s.trainerLogProbs()[t];
            double proximal = s.proximalLogProbs()[t];
            double rollout = s.rolloutLogProbs()[t];
            clamped += LogRatio.clamps(proximal, rollout) ? 1 : 0;
            clamped += LogRatio.clamps(trainer, proximal) ? 1 : 0;
            clamped += LogRatio.clamps(trainer, rollout) ? 1 : 0;
        }

        void countExcluded(boolean excluded, double advantage) {
            clippedHigh += excluded && advantage > 0 ? 1 : 0;
            clippedLow += excluded && advantage < 0 ? 1 : 0;
        }

        void contribute(ResponseScores s, int t, double divisor) {
            coefficient[t] = s.advantage() == 0 ? 0 : -weight[t] * s.advantage() / divisor;
            loss += coefficient[t] * s.trainerLogProbs()[t];
        }

        TokenTerms finish(int unmasked, boolean dropped) {
            ObjectiveCounts counts = new ObjectiveCounts(
                    1,
                    unmasked,
                    clippedHigh,
                    clippedLow,
                    ruleMasked,
                    truncated,
                    clamped,
                    dropped ? 1 : 0,
                    dropped ? unmasked : 0);
            return new TokenTerms(
                    engineRatio, stalenessRatio, importanceWeight, mask, weight, coefficient, loss, counts);
        }
    }
}
