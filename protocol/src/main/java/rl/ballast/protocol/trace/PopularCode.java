package rl.ballast.protocol.trace;

/// Codes sets by the places of their experts in [Popularity]: the rank of the set of places is small if all are
/// frequent, and a prefix code says how many bits it has; these follow, but for the highest. Not thread-safe.
final class PopularCode {
    /// Widest ranks that are coded so: with its prefix, one of them fits a field.
    static final int MAX_WIDTH = 49;

    /// Cells that are coded together.
    private static final int CHUNK = SetCode.CHUNK;

    private final Popularity popularity;
    private final SetCode code;
    private final int topK;
    private final long[] ranks = new long[CHUNK];
    private final int[] widths = new int[CHUNK];
    private final int[] bases = new int[CHUNK];
    private final short[] places;
    private final int[][] columns;

    PopularCode(Popularity popularity, SetCode code, int topK) {
        this.popularity = popularity;
        this.code = code;
        this.topK = topK;
        this.places = new short[topK * CHUNK];
        this.columns = new int[topK + 1][CHUNK];
    }

    /// Writes the ranks of `cells` cells from `to`, whose ids lie behind each other from `at`, and counts their
    /// lengths in bits. Returns false at an id that is out of range.
    ///
    /// @param layer layer column of the first cell
    boolean rank(short[] ids, int at, int cells, int layer, long[] out, int to, int[] lengths) {
        for (int cell = 0; cell < cells; cell += CHUNK) {
            int chunk = Math.min(CHUNK, cells - cell);
            if (code.belowExperts(ids, at + cell * topK, chunk) < chunk) {
                return false;
            }
            bases((layer + cell) % popularity.layers());
            toPlaces(ids, at + cell * topK, chunk);
            SortedColumns.sort(columns);
            code.rank(columns, ranks);
            for (int i = 0; i < chunk; i++) {
                long rank = ranks[i];
                out[to + cell + i] = rank;
                lengths[Long.SIZE - Long.numberOfLeadingZeros(rank)]++;
            }
        }
        return true;
    }

    /// Appends ranks.
    void encode(long[] all, int cells, PrefixCode prefix, BitWriter out) {
        int[] prefixes = new int[PrefixCode.SYMBOLS];
        int[] prefixWidths = new int[PrefixCode.SYMBOLS];
        for (int length = 0; length < PrefixCode.SYMBOLS; length++) {
            prefixes[length] = prefix.code(length);
            prefixWidths[length] = prefix.length(length);
        }
        for (int cell = 0; cell < cells; cell += CHUNK) {
            int chunk = Math.min(CHUNK, cells - cell);
            for (int i = 0; i < chunk; i++) {
                long rank = all[cell + i];
                int length = (Long.SIZE - Long.numberOfLeadingZeros(rank)) & (PrefixCode.SYMBOLS - 1);
                int width = prefixWidths[length];
                ranks[i] = prefixes[length] | ((rank ^ Long.highestOneBit(rank)) << width);
                widths[i] = width + Math.max(0, length - 1);
            }
            out.put(ranks, widths, chunk);
        }
    }

    /// Reads `cells` cells into `ids`, behind each other from `at`. Returns how many there are before the first
    /// that is no set or that overruns the reader.
    int decode(BitReader in, PrefixCode prefix, short[] ids, int at, int cells, int layer) {
        for (int cell = 0; cell < cells; cell += CHUNK) {
            int chunk = Math.min(CHUNK, cells - cell);
            int good = in.takePrefixed(ranks, chunk, prefix.symbols(), code.count());
            bases((layer + cell) % popularity.layers());
            code.unrank(ranks, good, places);
            toExperts(good);
            SortedColumns.sort(columns);
            store(ids, at + cell * topK, good);
            if (good < chunk) {
                return cell + good;
            }
        }
        return cells;
    }

    private void bases(int layer) {
        int next = layer;
        for (int cell = 0; cell < CHUNK; cell++) {
            bases[cell] = next * popularity.stride();
            next = next + 1 == popularity.layers() ? 0 : next + 1;
        }
    }

    private void toPlaces(short[] ids, int at, int cells) {
        char[] table = popularity.places();
        for (int slot = 0; slot < topK; slot++) {
            int[] column = columns[slot];
            int from = at + slot;
            for (int cell = 0; cell < cells; cell++) {
                column[cell] = table[(bases[cell] + (ids[from] & 0xffff)) & (table.length - 1)];
                from += topK;
            }
        }
    }

    private void toExperts(int cells) {
        char[] table = popularity.expertAt();
        for (int slot = 0; slot < topK; slot++) {
            int[] column = columns[slot];
            int from = slot * CHUNK;
            for (int cell = 0; cell < cells; cell++) {
                column[cell] = table[(bases[cell] + places[from + cell]) & (table.length - 1)];
            }
        }
    }

    private void store(short[] ids, int at, int cells) {
        for (int slot = 0; slot < topK; slot++) {
            int[] column = columns[slot];
            int to = at + slot;
            for (int cell = 0; cell < cells; cell++) {
                ids[to] = (short) column[cell];
                to += topK;
            }
        }
    }
}
