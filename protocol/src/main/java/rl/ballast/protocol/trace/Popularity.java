package rl.ballast.protocol.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which experts of a file are chosen often: learned from the file's first block, by writer and reader alike,
/// and used for the blocks behind it. In every layer the experts get places, the most frequent first, of equals
/// the smaller id. Immutable.
///
/// @param stride a power of two, not below the number of experts
/// @param places place of expert `e` at `layer * stride + e`; a power of two of entries
/// @param expertAt expert of a place, arranged alike
record Popularity(int layers, int stride, char[] places, char[] expertAt) {
    /// Fewer known cells teach nothing.
    static final int MIN_CELLS = 1 << 12;
    /// Most experts, and most places in all layers.
    static final int MAX_EXPERTS = 1 << 10;

    static final int MAX_PLACES = 1 << 17;

    /// Learns from `rows` rows from row 0.
    ///
    /// @return null if there are too many experts or too few known cells, or the counts vary hardly more than
    /// by chance
    static @Nullable Popularity of(int experts, int topK, int layers, short[] ids, boolean[] valid, int rows) {
        int stride = Binomials.powerOfTwo(experts);
        if (experts > MAX_EXPERTS || layers * stride > MAX_PLACES || Routes.known(valid, rows * layers) < MIN_CELLS) {
            return null;
        }
        int[] counts = new int[layers * stride];
        for (int cell = 0, layer = 0; cell < rows * layers; cell++, layer = layer + 1 == layers ? 0 : layer + 1) {
            if (valid[cell]) {
                for (int i = cell * topK; i < (cell + 1) * topK; i++) {
                    counts[layer * stride + (ids[i] & 0xffff)]++;
                }
            }
        }
        if (!uneven(counts, experts, stride)) {
            return null;
        }
        char[] places = new char[Binomials.powerOfTwo(counts.length)];
        char[] expertAt = new char[places.length];
        long[] keys = new long[experts];
        for (int at = 0; at < counts.length; at += stride) {
            for (int expert = 0; expert < experts; expert++) {
                keys[expert] = (long) -counts[at + expert] << Integer.SIZE | expert;
            }
            Arrays.sort(keys);
            for (int place = 0; place < experts; place++) {
                int expert = (int) keys[place];
                places[at + expert] = (char) place;
                expertAt[at + place] = (char) expert;
            }
        }
        return new Popularity(layers, stride, places, expertAt);
    }

    /// Whether the variance of the counts, less what chance adds (their mean), is above a tenth of their mean's
    /// square; layers taken together, compared as doubles.
    private static boolean uneven(int[] counts, int experts, int stride) {
        long sum = 0;
        long squares = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += counts[i];
            squares += (long) counts[i] * counts[i];
        }
        long cells = (long) counts.length / stride * experts;
        return cells * (double) (squares - sum) > 1.1 * sum * sum;
    }
}
