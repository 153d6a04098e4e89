package rl.ballast.protocol.trace;

import java.util.Arrays;

/// Chosen experts of one token range, in memory: `[rows][layers][topK]` distinct ids in ascending order, and
/// one validity flag per (row, layer). An invalid cell means "unknown" and its ids are meaningless. Not
/// thread-safe while written. Routes that a trace was written from, or that were read from one, do not change
/// any more.
public final class Routes {
    private static final boolean[] KNOWN = new boolean[4096];

    static {
        Arrays.fill(KNOWN, true);
    }

    private final int rows;
    private final int layers;
    private final int topK;
    private final short[] ids;
    private final boolean[] valid;
    private boolean frozen;

    public Routes(int rows, int layers, int topK) {
        if (rows < 0 || layers < 1 || topK < 1) {
            throw new IllegalArgumentException("routes [%d][%d][%d]".formatted(rows, layers, topK));
        }
        this.rows = rows;
        this.layers = layers;
        this.topK = topK;
        this.ids = new short[Math.multiplyExact(Math.multiplyExact(rows, layers), topK)];
        this.valid = new boolean[rows * layers];
    }

    /// Takes the arrays as they are; ids of unknown cells are 0.
    Routes(int rows, int layers, int topK, short[] ids, boolean[] valid) {
        this.rows = rows;
        this.layers = layers;
        this.topK = topK;
        this.ids = ids;
        this.valid = valid;
    }

    public int rows() {
        return rows;
    }

    public int layers() {
        return layers;
    }

    public int topK() {
        return topK;
    }

    public boolean valid(int row, int layer) {
        return valid[row * layers + layer];
    }

    /// Expert id at `slot` of a valid cell, in 0..65535.
    public int id(int row, int layer, int slot) {
        return ids[(row * layers + layer) * topK + slot] & 0xffff;
    }

    /// Sets a cell. `source` holds `topK` distinct ids in ascending order from `offset`.
    ///
    /// @throws IllegalStateException if the routes belong to a trace, as all methods that change them do
    public void set(int row, int layer, int[] source, int offset) {
        requireThawed();
        int base = (row * layers + layer) * topK;
        for (int slot = 0; slot < topK; slot++) {
            int id = source[offset + slot];
            if (id < 0 || id > 0xffff || (slot > 0 && id <= source[offset + slot - 1])) {
                throw new IllegalArgumentException("row %d, layer %d: ids %s are not ascending and distinct"
                        .formatted(row, layer, Arrays.toString(Arrays.copyOfRange(source, offset, offset + topK))));
            }
            ids[base + slot] = (short) id;
        }
        valid[row * layers + layer] = true;
    }

    /// Copies whole rows, known or not, from routes of as many layers and slots.
    public void copyRows(Routes from, int fromRow, int count, int toRow) {
        if (from.layers != layers || from.topK != topK) {
            throw new IllegalArgumentException(
                    "expected routes [][%d][%d], found [][%d][%d]".formatted(layers, topK, from.layers, from.topK));
        }
        requireThawed();
        int cells = count * layers;
        System.arraycopy(from.valid, fromRow * layers, valid, toRow * layers, cells);
        System.arraycopy(from.ids, fromRow * layers * topK, ids, toRow * layers * topK, cells * topK);
    }

    public void setUnknown(int row, int layer) {
        requireThawed();
        valid[row * layers + layer] = false;
    }

    /// From now on nothing changes, so that others can share the arrays.
    void freeze() {
        frozen = true;
    }

    private void requireThawed() {
        if (frozen) {
            throw new IllegalStateException("routes that belong to a trace do not change any more; copy their rows");
        }
    }

    /// Number of valid cells.
    public int known() {
        return known(valid, valid.length);
    }

    /// Number of set flags among the first `cells`.
    static int known(boolean[] valid, int cells) {
        if (allKnown(valid, 0, cells)) {
            return cells;
        }
        int count = 0;
        for (int cell = 0; cell < cells; cell++) {
            count += valid[cell] ? 1 : 0;
        }
        return count;
    }

    /// Whether no flag from `from` to `to` is false; many at a time, as nearly always none is.
    static boolean allKnown(boolean[] valid, int from, int to) {
        int at = from;
        while (at < to) {
            int chunk = Math.min(KNOWN.length, to - at);
            if (Arrays.mismatch(valid, at, at + chunk, KNOWN, 0, chunk) >= 0) {
                return false;
            }
            at += chunk;
        }
        return true;
    }

    /// The backing ids, `(row * layers + layer) * topK + slot`; shared, not copied, and ascending in known cells.
    short[] idArray() {
        return ids;
    }

    /// The backing flags, `row * layers + layer`; shared, not copied.
    boolean[] validArray() {
        return valid;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Routes o) || rows != o.rows || layers != o.layers || topK != o.topK) {
            return false;
        }
        if (!Arrays.equals(valid, o.valid)) {
            return false;
        }
        for (int cell = 0; cell < valid.length; cell++) {
            int base = cell * topK;
            if (valid[cell] && !Arrays.equals(ids, base, base + topK, o.ids, base, base + topK)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(valid) * 31 + rows;
    }
}
