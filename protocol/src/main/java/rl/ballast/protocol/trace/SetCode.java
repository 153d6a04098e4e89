package rl.ballast.protocol.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Numbers the `topK`-subsets of `0..numExperts-1` (combinatorial number system), which costs log2(C(numExperts,
/// topK)) bits rounded up, against 8 or 16 bits per id: 41 instead of 64 for 8 of 128.
///
/// The rank of ascending ids c_0 < c_1 < ... is the sum of C(c_i, i + 1). Where it would pass 63 bits the slots are
/// cut, from the top, into parts of as many slots as fit; a part's ids are ranked after subtracting the number of
/// slots below it, and the smallest id of a part is the universe of the next. Instances are immutable and
/// thread-safe.
final class SetCode {
    /// Cells that are coded together.
    static final int CHUNK = 256;

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
    /// C(n, slot + 1) at `slot * experts + n`, in a power of two of entries, so that a masked index needs no check.
    private final long[] terms;

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
        this.terms = new long[Binomials.powerOfTwo(largest * experts)];
        for (int slot = 0; slot < largest; slot++) {
            System.arraycopy(binomials, (slot + 1) * stride, terms, slot * experts, experts);
        }
    }

    int experts() {
        return experts;
    }

    /// Bits per cell if that is the same for all cells, else 0.
    int fixedWidth() {
        return width;
    }

    /// Number of sets if the width is fixed.
    long count() {
        return count;
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

    /// Appends `cells` cells of [Routes], which lie behind each other from `at`. Returns how many there are
    /// before the first with an id of `experts` or more.
    int encode(short[] ids, int at, int cells, BitWriter out) {
        long[] ranks = new long[width == 0 ? 0 : Math.min(CHUNK, cells)];
        for (int cell = 0; cell < cells; cell += CHUNK) {
            int first = at + cell * topK;
            int chunk = Math.min(CHUNK, cells - cell);
            int good = belowExperts(ids, first, chunk);
            if (width == 0) {
                for (int i = 0; i < good; i++) {
                    encodeParts(ids, first + i * topK, out);
                }
            } else {
                rank(ids, first, good, ranks);
                out.put(ranks, good, width);
            }
            if (good < chunk) {
                return cell + good;
            }
        }
        return cells;
    }

    /// Number of cells before the first whose largest id is too large.
    int belowExperts(short[] ids, int at, int cells) {
        int cell = 0;
        while (cell < cells && (ids[at + cell * topK + topK - 1] & 0xffff) < experts) {
            cell++;
        }
        return cell;
    }

    /// Two slots at a time over all cells, which a processor does several times faster than set by set.
    private void rank(short[] ids, int at, int cells, long[] ranks) {
        Arrays.fill(ranks, 0, cells, 0);
        for (int slot = topK & 1; slot < topK; slot += 2) {
            addTerms(ids, at + slot, cells, slot * experts, ranks);
        }
        for (int cell = 0; cell < cells && (topK & 1) == 1; cell++) {
            ranks[cell] += ids[at + cell * topK] & 0xffff;
        }
    }

    /// Whether ranks are of one width, not above `bits`, and found by buckets, as [#unrank(long[], int,
    /// short[])] needs.
    boolean simple(int bits) {
        return width > 0 && width <= bits && search.fine();
    }

    /// Ranks [#CHUNK] sets whose ids lie in columns; only if the width is fixed.
    void rank(int[][] columns, long[] ranks) {
        int[] lowest = columns[0];
        for (int cell = 0; cell < CHUNK; cell++) {
            ranks[cell] = lowest[cell];
        }
        long[] terms = this.terms;
        for (int slot = 1; slot < topK; slot++) {
            int row = slot * experts;
            int[] column = columns[slot];
            for (int cell = 0; cell < CHUNK; cell++) {
                ranks[cell] += terms[(row + column[cell]) & (terms.length - 1)];
            }
        }
    }

    /// The ids of `count` ranks, into columns; only if the code is [#simple]. Spoils the ranks.
    void unrank(long[] ranks, int count, short[] columns) {
        search.unrankColumns(ranks, count, topK, columns);
    }

    private void addTerms(short[] ids, int at, int cells, int row, long[] ranks) {
        long[] terms = this.terms;
        int next = at;
        int above = row + experts;
        for (int cell = 0; cell < cells; cell++) {
            ranks[cell] += terms[(row + (ids[next] & 0xffff)) & (terms.length - 1)]
                    + terms[(above + (ids[next + 1] & 0xffff)) & (terms.length - 1)];
            next += topK;
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

    /// Reads `cells` cells into `ids`, behind each other from `at`. Returns how many there are before the first
    /// that is no rank of a set or that overruns the reader; `ids` holds nonsense in range from there on.
    int decode(BitReader in, short[] ids, int at, int cells) {
        if (width == 0) {
            int cell = 0;
            while (cell < cells && decodeParts(in, ids, at + cell * topK) && !in.overrun()) {
                cell++;
            }
            return cell;
        }
        int present = (int) Math.min(cells, in.left() / width);
        int good = decodeFixed(in, ids, at, present);
        if (good == present && present < cells) {
            in.take(width);
        }
        return good;
    }

    private int decodeFixed(BitReader in, short[] ids, int at, int cells) {
        long[] ranks = new long[Math.min(CHUNK, cells)];
        int cell = 0;
        while (cell < cells) {
            int chunk = Math.min(CHUNK, cells - cell);
            in.take(ranks, chunk, width);
            int good = 0;
            while (good < chunk && ranks[good] < count) {
                good++;
            }
            search.unrank(ranks, good, topK, 0, ids, at + cell * topK);
            cell += good;
            if (good < chunk) {
                break;
            }
        }
        return cell;
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
            search.unrank(new long[] {rank}, 1, part, left, ids, at + left);
            universe = ids[at + left] & 0xffff;
        }
        return true;
    }

    /// Bits that hold `count` different values.
    private static int bits(long count) {
        return Long.SIZE - Long.numberOfLeadingZeros(count - 1);
    }
}
