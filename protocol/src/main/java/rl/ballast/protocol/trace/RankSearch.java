package rl.ballast.protocol.trace;

/// Finds the largest c with C(c, j) <= rank, for every slot of a set from the top down.
///
/// The leading bits of a rank choose a bucket; a table says which c is right for the smallest rank of the
/// bucket. For up to 1024 experts the buckets are so fine that only c and c + 1 are possible, and the step has
/// no branch; for more the rest is found by bisection.
final class RankSearch {
    private static final int MAX_FINE_BITS = 9;

    /// C(c, j) at `j * stride + c`.
    private final long[] binomials;
    /// By bucket, for the c that is right for its smallest rank: c itself, C(c + 1, j), and what that is above
    /// C(c, j). A power of two of entries, so that a masked index needs no check. Few buckets of a slot are hit
    /// often: half of all ranks have the greatest length.
    private final char[] guesses;
    private final long[] next;
    private final long[] growth;
    private final int experts;
    private final int stride;
    private final boolean fine;
    private final int[] bucketBits;
    private final int[] bucketsAt;

    RankSearch(long[] binomials, int experts, int largest) {
        this.binomials = binomials;
        this.experts = experts;
        this.stride = experts + 1;
        this.bucketBits = new int[largest + 1];
        this.bucketsAt = new int[largest + 1];
        boolean allFine = binomials.length <= Character.MAX_VALUE;
        int size = 1;
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
        this.guesses = new char[allFine ? Integer.highestOneBit(size) * 2 : 0];
        this.next = new long[guesses.length];
        this.growth = new long[guesses.length];
        for (int j = 2; j <= largest && allFine; j++) {
            fill(j);
        }
    }

    /// Writes the `size` ascending ids of each of the first `count` ranks, each plus `shift`, into cells of `size`
    /// slots behind each other from `at`. Spoils the ranks.
    ///
    /// Slot by slot over all ranks: the steps of one rank wait for each other, those of different ranks do not.
    void unrank(long[] ranks, int count, int size, int shift, short[] ids, int at) {
        if (fine) {
            for (int j = size; j > 1; j--) {
                slot(ranks, count, j, size, shift, ids, at + j - 1);
            }
            for (int cell = 0, to = at; cell < count; cell++, to += size) {
                ids[to] = (short) (shift + (int) ranks[cell]);
            }
        } else {
            for (int cell = 0; cell < count; cell++) {
                unrank(ranks[cell], size, shift, ids, at + cell * size);
            }
        }
    }

    /// Like [#unrank], but into columns of [SetCode#CHUNK] sets.
    void unrankColumns(long[] ranks, int count, int size, short[] columns) {
        for (int j = size; j > 1; j--) {
            slot(ranks, count, j, 1, 0, columns, (j - 1) * SetCode.CHUNK);
        }
        for (int cell = 0; cell < count; cell++) {
            columns[cell] = (short) ranks[cell];
        }
    }

    /// Finds the id of one slot for all ranks and takes its term away: the bucket's c or the next one, without a
    /// branch.
    private void slot(long[] ranks, int count, int j, int step, int shift, short[] ids, int at) {
        int bits = bucketBits[j];
        int from = bucketsAt[j] + (64 << bits);
        char[] guesses = this.guesses;
        long[] next = this.next;
        long[] growth = this.growth;
        int to = at;
        for (int cell = 0; cell < count; cell++, to += step) {
            long rank = ranks[cell];
            int zeros = Long.numberOfLeadingZeros(rank);
            int bucket = (from - (zeros << bits) + (int) ((rank << zeros) >>> (63 - bits))) & (guesses.length - 1);
            long rest = rank - next[bucket];
            long isGuess = rest >> 63;
            ranks[cell] = rest + (growth[bucket] & isGuess);
            ids[to] = (short) (shift + 1 + guesses[bucket] + (int) isGuess);
        }
    }

    private void unrank(long rank, int size, int shift, short[] ids, int at) {
        long rest = rank;
        int high = experts;
        for (int j = size; j > 1; j--) {
            high = bisect(rest, j, high);
            rest -= binomials[j * stride + high];
            ids[at + j - 1] = (short) (shift + high);
        }
        ids[at] = (short) (shift + (int) rest);
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

    /// Whether all slots have buckets.
    boolean fine() {
        return fine;
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
            int at = bucketsAt[j] + bucket;
            guesses[at] = (char) guess;
            next[at] = guess < experts ? binomials[j * stride + guess + 1] : Long.MAX_VALUE;
            growth[at] = next[at] - binomials[j * stride + guess];
        }
    }
}
