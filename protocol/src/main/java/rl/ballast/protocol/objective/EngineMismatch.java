package rl.ballast.protocol.objective;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How far the learner's numbers are from the engine's for the same weights: diagnostics of
/// `rho = pi_old / mu_old` over the tokens that the loss mask keeps. Tokens are samples of `mu_old`, so `k1` and `k3`
/// estimate `KL(mu_old || pi_old)` in nats; `k1` is the form that the paper reports.
///
/// Mergeable: several micro-batches may be collected apart. Not thread-safe. The order of calls is the order of
/// summation.
public final class EngineMismatch {
    /// Tails that are reported unless others are asked for.
    public static final List<Double> DEFAULT_TAILS = List.of(1.1, 1.5, 2.0);

    private final double[] tails;
    private final double[] logTails;
    private final long[] beyondTail;
    private final DoubleSum logRatio = new DoubleSum();
    private final DoubleSum squaredLogRatio = new DoubleSum();
    private final DoubleSum absLogRatio = new DoubleSum();
    private final DoubleSum excess = new DoubleSum();
    private final DoubleSum squaredExcess = new DoubleSum();
    private final DoubleSum inverseExcess = new DoubleSum();
    private final DoubleSum multipliedError = new DoubleSum();
    private final DoubleSum absProbability = new DoubleSum();
    private final Spread.Accumulator sequences = new Spread.Accumulator();
    private double minLogRatio = Double.POSITIVE_INFINITY;
    private double maxLogRatio = Double.NEGATIVE_INFINITY;
    private long tokens;
    private long clamped;

    public EngineMismatch() {
        this(DEFAULT_TAILS);
    }

    /// @param tails the taus of F(tau), each above 1
    public EngineMismatch(List<Double> tails) {
        this.tails = tails.stream().mapToDouble(Double::doubleValue).toArray();
        this.logTails = new double[this.tails.length];
        this.beyondTail = new long[this.tails.length];
        for (int i = 0; i < this.tails.length; i++) {
            if (!(this.tails[i] > 1)) {
                throw new IllegalArgumentException(
                        "tail %d: expected a ratio above 1, found %s".formatted(i, this.tails[i]));
            }
            this.logTails[i] = Math.log(this.tails[i]);
        }
    }

    /// Adds one response. Each array has one value per token.
    public void add(float[] proximalLogProbs, float[] rolloutLogProbs, boolean[] lossMask) {
        add(ResponseScores.widen(proximalLogProbs), ResponseScores.widen(rolloutLogProbs), lossMask);
    }

    /// Adds one response. Each array has one value per token.
    ///
    /// @throws NonFiniteScore if a log-probability that counts is not finite
    public void add(double[] proximalLogProbs, double[] rolloutLogProbs, boolean[] lossMask) {
        ResponseScores.requireLength("rolloutLogProbs", rolloutLogProbs.length, proximalLogProbs.length);
        ResponseScores.requireLength("lossMask", lossMask.length, proximalLogProbs.length);
        NonFiniteScore.check("proximalLogProbs", proximalLogProbs, lossMask);
        NonFiniteScore.check("rolloutLogProbs", rolloutLogProbs, lossMask);
        boolean any = false;
        for (int t = 0; t < lossMask.length; t++) {
            if (lossMask[t]) {
                addToken(proximalLogProbs[t], rolloutLogProbs[t]);
                any = true;
            }
        }
        if (any) {
            sequences.add(LogRatio.geometricMean(proximalLogProbs, rolloutLogProbs, lossMask));
        }
    }

    private void addToken(double proximal, double rollout) {
        double d = LogRatio.clampedDifference(proximal, rollout);
        double rhoMinusOne = Math.expm1(d);
        tokens++;
        clamped += LogRatio.clamps(proximal, rollout) ? 1 : 0;
        logRatio.add(d);
        squaredLogRatio.add(d * d);
        absLogRatio.add(Math.abs(d));
        excess.add(rhoMinusOne);
        squaredExcess.add(rhoMinusOne * rhoMinusOne);
        inverseExcess.add(Math.expm1(-d));
        multipliedError.add(Math.exp(Math.abs(d)));
        absProbability.add(BinaryDivergence.totalVariation(proximal, rollout));
        minLogRatio = Math.min(minLogRatio, d);
        maxLogRatio = Math.max(maxLogRatio, d);
        for (int i = 0; i < logTails.length; i++) {
            beyondTail[i] += Math.abs(d) > logTails[i] ? 1 : 0;
        }
    }

    /// Appends what `other` has seen.
    ///
    /// @throws IllegalArgumentException if it counts other tails
    public void merge(EngineMismatch other) {
        if (!Arrays.equals(tails, other.tails)) {
            throw new IllegalArgumentException("cannot merge diagnostics with different tails");
        }
        logRatio.add(other.logRatio);
        squaredLogRatio.add(other.squaredLogRatio);
        absLogRatio.add(other.absLogRatio);
        excess.add(other.excess);
        squaredExcess.add(other.squaredExcess);
        inverseExcess.add(other.inverseExcess);
        multipliedError.add(other.multipliedError);
        absProbability.add(other.absProbability);
        sequences.add(other.sequences);
        minLogRatio = Math.min(minLogRatio, other.minLogRatio);
        maxLogRatio = Math.max(maxLogRatio, other.maxLogRatio);
        tokens += other.tokens;
        clamped += other.clamped;
        for (int i = 0; i < beyondTail.length; i++) {
            beyondTail[i] += other.beyondTail[i];
        }
    }

    public long tokens() {
        return tokens;
    }

    /// The diagnostics of everything added; means are NaN when no token was.
    public Summary summary() {
        double n = tokens;
        double meanExcess = excess.value() / n;
        double meanSquaredExcess = squaredExcess.value() / n;
        double meanRatio = 1 + meanExcess;
        double meanSquare = 1 + 2 * meanExcess + meanSquaredExcess;
        return new Summary(
                tokens,
                -logRatio.value() / n,
                squaredLogRatio.value() / n / 2,
                meanExcess - logRatio.value() / n,
                inverseExcess.value() / n + logRatio.value() / n,
                meanRatio,
                Math.sqrt(Math.max(0, meanSquaredExcess - meanExcess * meanExcess)),
                tokens == 0 ? Double.NaN : Math.exp(minLogRatio),
                tokens == 0 ? Double.NaN : Math.exp(maxLogRatio),
                absLogRatio.value() / n,
                absProbability.value() / n,
                multipliedError.value() / n,
                meanRatio * meanRatio / meanSquare,
                2 * meanExcess + meanSquaredExcess,
                tailFractions(),
                sequences.spread(),
                clamped);
    }

    private Map<String, Double> tailFractions() {
        Map<String, Double> fractions = new LinkedHashMap<>();
        for (int i = 0; i < tails.length; i++) {
            String name = tails[i] == Math.rint(tails[i]) ? Long.toString((long) tails[i]) : Double.toString(tails[i]);
            fractions.put(name, beyondTail[i] / (double) tokens);
        }
        return fractions;
    }

    /// The values of `engineMismatch` in `metrics.jsonl`.
    ///
    /// @param k1 `mean(-log rho)`
    /// @param k2 `mean((log rho)^2) / 2`
    /// @param k3 `mean(rho - 1 - log rho)`
    /// @param reverseK3 `mean(1 / rho - 1 + log rho)`: a detector of spikes
    /// @param stdRatio standard deviation of rho over the tokens
    /// @param meanAbsLogDiff `mean(|log rho|)`
    /// @param meanAbsProbDiff `mean(|pi_old - mu_old|)`
    /// @param tokenMultProbError `mean(exp(|log rho|))`, 1 without mismatch
    /// @param essFraction effective sample size, `(sum rho)^2 / (n sum rho^2)`
    /// @param chi2 `mean(rho^2) - 1`
    /// @param tails F(tau) by tau: share of tokens with `max(rho, 1 / rho) > tau`
    /// @param geometricMeanRatio of `exp(mean_t log rho)` over the responses that have tokens
    /// @param clamped log differences cut to [LogRatio#LIMIT]
    public record Summary(
            long tokens,
            double k1,
            double k2,
            double k3,
            double reverseK3,
            double meanRatio,
            double stdRatio,
            double minRatio,
            double maxRatio,
            double meanAbsLogDiff,
            double meanAbsProbDiff,
            double tokenMultProbError,
            double essFraction,
            double chi2,
            Map<String, Double> tails,
            Spread geometricMeanRatio,
            long clamped) {
        public Summary {
            tails = Collections.unmodifiableMap(new LinkedHashMap<>(tails));
        }
    }
}
