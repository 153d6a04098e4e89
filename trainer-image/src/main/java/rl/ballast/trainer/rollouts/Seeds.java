package rl.ballast.trainer.rollouts;

/// Seeds as pure functions of what they are for, so that anything can be generated again with the same
/// result.
///
/// @param runSeed of the run
/// @param salt 0 until a rollback changes it
public record Seeds(long runSeed, long salt) {
    private static final long TRAINING = 0x7261696eL;
    private static final long EVALUATION = 0x6576616cL;
    private static final long ORDER = 0x6f726465L;
    private static final long COLD_START = 0x636f6c64L;

    /// Of one sampled response.
    public long sample(int step, int promptIndex, int sample) {
        return mix(TRAINING, salt, step, promptIndex, sample);
    }

    /// Of one response in an evaluation: the same at every evaluation, so that differences come from the
    /// weights.
    public long evaluation(int problem, int sample) {
        return mix(EVALUATION, problem, sample);
    }

    /// Of the order of prompts in one pass over the data.
    public long promptOrder(long pass) {
        return mix(ORDER, salt, pass);
    }

    /// Of the order of demonstrations in one pass over the data.
    public long demonstrationOrder(long pass) {
        return mix(COLD_START, pass);
    }

    private long mix(long... parts) {
        long state = finish(runSeed);
        for (long part : parts) {
            state = finish(state ^ finish(part + 0x9e3779b97f4a7c15L));
        }
        return state;
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014) after one step of its counter.
    private static long finish(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
