package rl.ballast.protocol.trace;

/// Finds the largest c with C(c, j) <= rank, for every slot of a set from the top down.
///
/// The leading bits of a rank choose a bucket; a table says which c is right for the smallest rank of the bucket. For
/// up to 1024 experts the buckets are so fine that only c and c + 1 are possible, and the step has no branch; for
/// more the rest is found by bisection.
final class RankSearch {
    private static final int MAX_FINE_BITS = 9;

    private final long[] binomials;
    private final int experts;
    private final int stride;
    private final boolean fine;
    private final int[] bucketBits;
    private final int[] bucketsAt;
    private final short[] guesses;

    RankSearch(long[] binomials, int experts, int largest) {
        this.binomials = binomials;
        this.experts = experts;
        this.stride = experts + 1;
        this.bucketBits = new int[largest + 1];
        this.bucketsAt = new int[largest + 1];
        boolean allFine = true;
        int size = 0;
        for (int j = 2; j <= largest && allFine; j++) {
            int bits = 1;
            while (bits <= MAX_FINE_BITS && !fineEnough(j, bits)) {
                bits++;
            }
            allFine = bits <= MAX_FINE_BITS;
            bucketBits[j] = bits;
            bucketsAt[j] = size;
            size += buckets(j, bits);
        }
        this.fine = allFine;
        this.guesses = new short[allFine ? size : 0];
        for (int j = 2; j <= largest && allFine; j++) {
            fill(j);
        }
    }

    /// Writes the `size` ascending ids of `rank` from `at`, each plus `shift`.
    void unrank(long rank, int size, int shift, short[] ids, int at) {
        long rest = rank;
        int top = at + size - 1;
        if (fine) {
            for (int j = size; j > 1; j--) {
                int zeros = Long.numberOfLeadingZeros(rest);
                int bits = bucketBits[j];
                int bucket = ((64 - zeros) << bits) + (int) ((rest << zeros) >>> (63 - bits));
                int guess = guesses[bucketsAt[j] + bucket];
                int cell = j * stride + guess;
                long ifGuess = rest - binomials[cell];
                long ifNext = rest - binomials[cell + 1];
                long isGuess = ifNext >> 63;
                rest = (ifGuess & isGuess) | (ifNext & ~isGuess);
                ids[top--] = (short) (shift + guess + 1 + (int) isGuess);
            }
        } else {
            int high = experts;
            for (int j = size; j > 1; j--) {
                high = bisect(rest, j, high);
                rest -= binomials[j * stride + high];
                ids[top--] = (short) (shift + high);
            }
        }
        ids[top] = (short) (shift + (int) rest);
    }

    /// Largest c below `high` with C(c, j) <= rank; C(high, j) is larger.
    private int bisect(long rank, int j, int high) {
        int low = j - 1;
        int above = high;
        while (above - low > 1) {
            int middle = (low + above) >>> 1;
            if (binomials[j * stride + middle] <= rank) {
                low = middle;
            } else {
                above = middle;
            }
        }
        return low;
    }

    private long maxRank(int j) {
        return binomials[j * stride + experts] - 1;
    }

    private int buckets(int j, int bits) {
        return (65 - Long.numberOfLeadingZeros(maxRank(j)) + 1) << bits;
    }

    /// Smallest rank of a bucket; the inverse of the index computed in [#unrank].
    private static long smallest(int bucket, int bits) {
        int length = (bucket >>> bits) - 1;
        if (length <= 0) {
            return 0;
        }
        long mantissa = (1L << bits) | (bucket & ((1L << bits) - 1));
        return length - 1 >= bits ? mantissa << (length - 1 - bits) : mantissa >>> (bits - length + 1);
    }

    private boolean fineEnough(int j, int bits) {
        int guess = j - 1;
        int last = buckets(j, bits) - 1;
        for (int bucket = 0; bucket < last; bucket++) {
            long from = smallest(bucket, bits);
            long to = Math.min(smallest(bucket + 1, bits) - 1, maxRank(j));
            while (guess + 1 < experts && binomials[j * stride + guess + 1] <= from) {
                guess++;
            }
            if (guess + 2 <= experts && binomials[j * stride + guess + 2] <= to) {
                return false;
            }
        }
        return true;
    }

    private void fill(int j) {
        int bits = bucketBits[j];
        int guess = j - 1;
        for (int bucket = 0; bucket < buckets(j, bits); bucket++) {
            long from = Math.min(smallest(bucket, bits), maxRank(j));
            while (guess + 1 < experts && binomials[j * stride + guess + 1] <= from) {
                guess++;
            }
            guesses[bucketsAt[j] + bucket] = (short) guess;
        }
    }
}
