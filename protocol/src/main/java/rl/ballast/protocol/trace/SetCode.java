package rl.ballast.protocol.trace;

import org.jspecify.annotations.Nullable;

/// Numbers the `topK`-subsets of `0..numExperts-1` (combinatorial number system), which costs log2(C(numExperts,
/// topK)) bits rounded up, against 8 or 16 bits per id: 41 instead of 64 for 8 of 128.
///
/// The rank of ascending ids c_0 < c_1 < ... is the sum of C(c_i, i + 1). Where it would pass 63 bits the slots are
/// cut, from the top, into parts of as many slots as fit; a part's ids are ranked after subtracting the number of
/// slots below it, and the smallest id of a part is the universe of the next. Instances are immutable and
/// thread-safe.
final class SetCode {
    /// The code used last: a process deals with one model, and building the tables costs more than a short trace.
    private static volatile @Nullable SetCode recent;

    private final int experts;
    private final int topK;
    /// C(n, j) at `j * stride + n`, saturated.
    private final int stride;
    private final long[] binomials;
    /// Sizes of the parts, from the top slot down.
    private final int[] parts;
    /// Width of a cell if there is one part, else 0.
    private final int width;
    private final long count;
    private final RankSearch search;

    static SetCode of(int experts, int topK) {
        SetCode last = recent;
        if (last == null || last.experts != experts || last.topK != topK) {
            last = new SetCode(experts, topK);
            recent = last;
        }
        return last;
    }

    private SetCode(int experts, int topK) {
        this.experts = experts;
        this.topK = topK;
        this.stride = experts + 1;
        this.parts = Binomials.parts(experts, topK);
        int largest = 0;
        for (int part : parts) {
            largest = Math.max(largest, part);
        }
        this.binomials = Binomials.table(experts, largest);
        this.count = parts.length == 1 ? binomials[topK * stride + experts] : 0;
        this.width = parts.length == 1 ? Math.max(1, bits(count)) : 0;
        this.search = new RankSearch(binomials, experts, largest);
    }

    int experts() {
        return experts;
    }

    int topK() {
        return topK;
    }

    /// Bits per cell if that is the same for all cells, else 0.
    int fixedWidth() {
        return width;
    }

    /// Most bits that a cell can take.
    int maxWidth() {
        if (width > 0) {
            return width;
        }
        int sum = 0;
        int left = topK;
        for (int part : parts) {
            left -= part;
            sum += bits(binomials[part * stride + experts - left]);
        }
        return sum;
    }

    /// Appends one cell. The ids must have been checked: ascending, distinct, below `experts`.
    void encode(short[] ids, int at, BitWriter out) {
        if (width > 0) {
            out.put(rank(ids, at, topK, 0), width);
        } else {
            encodeParts(ids, at, out);
        }
    }

    private void encodeParts(short[] ids, int at, BitWriter out) {
        int universe = experts;
        int left = topK;
        for (int part : parts) {
            left -= part;
            out.put(rank(ids, at + left, part, left), bits(binomials[part * stride + universe - left]));
            universe = ids[at + left] & 0xffff;
        }
    }

    private long rank(short[] ids, int at, int size, int below) {
        long rank = 0;
        int row = stride - below;
        for (int slot = 0; slot < size; slot++) {
            rank += binomials[row + (ids[at + slot] & 0xffff)];
            row += stride;
        }
        return rank;
    }

    /// Reads one cell into `ids`. Returns false if the bits are no rank of a set; `ids` then holds nonsense in range.
    boolean decode(BitReader in, short[] ids, int at) {
        if (width == 0) {
            return decodeParts(in, ids, at);
        }
        long rank = in.take(width);
        if (rank >= count) {
            return false;
        }
        search.unrank(rank, topK, 0, ids, at);
        return true;
    }

    private boolean decodeParts(BitReader in, short[] ids, int at) {
        int universe = experts;
        int left = topK;
        for (int part : parts) {
            left -= part;
            long sets = binomials[part * stride + universe - left];
            long rank = in.take(bits(sets));
            if (rank >= sets) {
                return false;
            }
            search.unrank(rank, part, left, ids, at + left);
            universe = ids[at + left] & 0xffff;
        }
        return true;
    }

    /// Bits that hold `count` different values.
    private static int bits(long count) {
        return Long.SIZE - Long.numberOfLeadingZeros(count - 1);
    }
}
