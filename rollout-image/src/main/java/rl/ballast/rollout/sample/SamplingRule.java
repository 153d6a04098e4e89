package rl.ballast.rollout.sample;

/// The distribution to sample from: logits over the temperature, then the `topK` largest, then the smallest set
/// of the most likely ones whose probability reaches `topP`, renormalised. Ties go to the lowest id.
///
/// @param temperature 0 takes the likeliest token
/// @param topK 0 keeps all
/// @param topP 1 keeps all
public record SamplingRule(double temperature, int topK, double topP) {
    public SamplingRule {
        if (!(temperature >= 0 && temperature <= 1000)) {
            throw new IllegalArgumentException("temperature: expected 0 to 1000, found %s".formatted(temperature));
        }
        if (topK < 0) {
            throw new IllegalArgumentException("topK: expected 0 (all) or more, found %d".formatted(topK));
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP: expected above 0 and at most 1, found %s".formatted(topP));
        }
    }

    public boolean greedy() {
        return temperature == 0;
    }

    /// Whether some tokens are left out at all.
    public boolean filters() {
        return topK > 0 || topP < 1;
    }
}
