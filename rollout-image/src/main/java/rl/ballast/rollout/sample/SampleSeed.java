package rl.ballast.rollout.sample;

/// Uniform numbers by counter: the same seed and index give the same number, whatever was drawn before.
public final class SampleSeed {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private SampleSeed() {}

    /// @param index of the token in its response
    /// @return in [0, 1), 53 random bits
    public static double uniform(long seed, int index) {
        long z = mix(mix(seed + STEP) + STEP * (index + 1L));
        return (z >>> 11) * 0x1.0p-53;
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
