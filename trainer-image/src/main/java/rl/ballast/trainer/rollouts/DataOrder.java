package rl.ballast.trainer.rollouts;

import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;

/// An endless, seeded order over a data set: pass after pass, each a new permutation. A position in it is one number,
/// so it fits in a checkpoint. Not thread-safe (it caches one permutation).
public final class DataOrder {
    private final int size;
    private final LongUnaryOperator seedOfPass;
    private long cachedPass = -1;
    private int[] permutation = {};

    /// @param size entries of the data set, at least 1
    /// @param seedOfPass seed of the permutation of a pass
    public DataOrder(int size, LongUnaryOperator seedOfPass) {
        if (size < 1) {
            throw new IllegalArgumentException("data set: expected at least 1 entry, found %d".formatted(size));
        }
        this.size = size;
        this.seedOfPass = seedOfPass;
    }

    /// The entries at positions `[from, from + count)`.
    public int[] take(long from, int count) {
        return IntStream.range(0, count).map(i -> at(from + i)).toArray();
    }

    private int at(long position) {
        long pass = position / size;
        if (pass != cachedPass) {
            permutation = shuffled(seedOfPass.applyAsLong(pass));
            cachedPass = pass;
        }
        return permutation[(int) (position % size)];
    }

    /// Fisher and Yates' shuffle.
    private int[] shuffled(long seed) {
        var random = new SplittableRandom(seed);
        int[] order = IntStream.range(0, size).toArray();
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
