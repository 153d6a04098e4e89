package rl.ballast.rollout.sample;

/// Scores of a whole row of logits: log-probabilities and entropy. Weights are float32 exponentials, sums are
/// double in order of id. Scratch memory of one thread.
public final class Distribution {
    private float[] weights = {};
    private float[] scaled = {};
    private double sum;
    private float largest;
    private int size;

    /// Takes the row of `size` logits at `offset`, divided by `temperature`.
    ///
    /// @throws ArithmeticException if a logit is NaN or infinite
    public void load(float[] logits, int offset, int vocabulary, double temperature) {
        size = vocabulary;
        if (weights.length < size) {
            weights = new float[size];
            scaled = new float[size];
        }
        float divisor = (float) temperature;
        largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            float z = logits[offset + i] / divisor;
            if (!(Math.abs(z) <= Float.MAX_VALUE)) {
                throw new ArithmeticException("logit of token %d is %s".formatted(i, logits[offset + i]));
            }
            scaled[i] = z;
            largest = Math.max(largest, z);
        }
        sum = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = Exponential.exp(scaled[i] - largest);
            sum += weights[i];
        }
    }

    public int size() {
        return size;
    }

    /// Probability of a token times [#sum()].
    public float weight(int token) {
        return weights[token];
    }

    public double sum() {
        return sum;
    }

    /// Logit over temperature.
    public float scaled(int token) {
        return scaled[token];
    }

    /// Natural log of the probability of `token` among a subset whose weights add up to `subsetSum`.
    public float logProb(int token, double subsetSum) {
        return (float) (((double) scaled[token] - largest) - StrictMath.log(subsetSum));
    }

    public float logProb(int token) {
        return logProb(token, sum);
    }

    /// In nats, of the whole row.
    public float entropy() {
        double weighted = 0;
        for (int i = 0; i < size; i++) {
            weighted += weights[i] * ((double) scaled[i] - largest);
        }
        return (float) (StrictMath.log(sum) - weighted / sum);
    }
}
