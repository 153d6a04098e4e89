package rl.ballast.protocol.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Turns a block of rows into bytes and back: validity, then the known cells row by row, then their gate weights. Not
/// thread-safe: one per writer or reader.
final class BlockCodec {
    /// Bytes that bit readers and writers may touch behind the last field.
    static final int SLACK = 16;

    private static final int ALL_KNOWN = 0;
    private static final int BITMAP = 1;
    private static final int RANKS = 0;

    private final SetCode code;
    private final int layers;
    private final int topK;

    BlockCodec(TraceHeader header) {
        this.code = SetCode.of(header.numExperts(), header.topK());
        this.layers = header.layers().size();
        this.topK = header.topK();
    }

    /// Most bytes that a block of `rows` rows can take.
    int maxBytes(int rows, boolean weights) {
        long cells = (long) rows * layers;
        long bytes = 2 + Math.ceilDiv(cells, 8) + Math.ceilDiv(cells * code.maxWidth(), 8);
        return Math.toIntExact(weights ? bytes + cells * topK * Short.BYTES : bytes);
    }

    /// Encodes rows `[row, row + rows)` into `out`, which holds [#maxBytes] and [#SLACK]. Returns the number of
    /// bytes.
    ///
    /// @throws IllegalArgumentException if an id is not below the number of experts
    int encode(Routes routes, @Nullable GateWeights weights, int row, int rows, byte[] out) {
        int from = row * layers;
        int to = from + rows * layers;
        boolean[] valid = routes.validArray();
        int at = 0;
        if (Routes.allKnown(valid, from, to)) {
            out[at++] = ALL_KNOWN;
        } else {
            out[at++] = BITMAP;
            at = writeBitmap(valid, from, to, out, at);
        }
        out[at++] = RANKS;
        BitWriter bits = new BitWriter(out, at);
        short[] ids = routes.idArray();
        for (int cell = next(valid, true, from, to); cell < to; cell = next(valid, true, cell, to)) {
            int end = next(valid, false, cell, to);
            int coded = cell + code.encode(ids, cell * topK, end - cell, bits);
            if (coded < end) {
                throw outOfRange(ids, coded);
            }
            cell = end;
        }
        at = bits.finish();
        return weights == null ? at : writeWeights(weights.halfArray(), valid, from, to, out, at);
    }

    /// Decodes `length` bytes of `in` (with [#SLACK] readable bytes behind them) into rows `[row, row + rows)`. Ids
    /// and weights of unknown cells are left as they are.
    void decode(byte[] in, int length, RoutesBuilder into, int row, int rows, TraceFault fault) {
        int from = row * layers;
        int to = from + rows * layers;
        int at = readValidity(in, length, into.valid(), from, to, fault);
        if (at >= length || in[at] != RANKS) {
            throw fault.at("coding", RANKS, at >= length ? "end of block" : in[at] & 0xff);
        }
        BitReader bits = new BitReader(in, at + 1, length);
        boolean[] valid = into.valid();
        short[] ids = into.ids();
        for (int cell = next(valid, true, from, to); cell < to; cell = next(valid, true, cell, to)) {
            int end = next(valid, false, cell, to);
            int read = cell + code.decode(bits, ids, cell * topK, end - cell);
            if (read < end) {
                throw badCell(bits, read, fault);
            }
            cell = end;
        }
        at = bits.padded();
        if (at < 0) {
            throw fault.at("padding", "zero bits", "a set bit");
        }
        short[] halves = into.halves();
        if (halves != null) {
            at = readWeights(in, at, length, halves, valid, from, to, fault);
        }
        if (at != length) {
            throw fault.at("block bytes", at, length);
        }
    }

    private CorruptTrace badCell(BitReader bits, int cell, TraceFault fault) {
        String where = "row %d, layer column %d".formatted(cell / layers, cell % layers);
        return bits.overrun()
                ? fault.at(where, "a route", "end of block")
                : fault.at(
                        where,
                        "the rank of a set of %d of %d experts".formatted(topK, code.experts()),
                        "a larger number");
    }

    private IllegalArgumentException outOfRange(short[] ids, int cell) {
        StringBuilder found = new StringBuilder();
        for (int slot = 0; slot < topK; slot++) {
            found.append(slot == 0 ? "" : ", ").append(ids[cell * topK + slot] & 0xffff);
        }
        return new IllegalArgumentException("row %d, layer column %d: expected ids below %d, found [%s]"
                .formatted(cell / layers, cell % layers, code.experts(), found));
    }

    /// The first cell in `[from, to)` with that flag, or `to`.
    private static int next(boolean[] valid, boolean flag, int from, int to) {
        if (!flag && Routes.allKnown(valid, from, to)) {
            return to;
        }
        int cell = from;
        while (cell < to && valid[cell] != flag) {
            cell++;
        }
        return cell;
    }

    private static int writeBitmap(boolean[] valid, int from, int to, byte[] out, int at) {
        int next = at;
        for (int cell = from; cell < to; cell += 8) {
            int bits = 0;
            for (int i = 0; i < 8 && cell + i < to; i++) {
                bits |= valid[cell + i] ? 1 << i : 0;
            }
            out[next++] = (byte) bits;
        }
        return next;
    }

    private static int readValidity(byte[] in, int length, boolean[] valid, int from, int to, TraceFault fault) {
        int kind = length < 1 ? -1 : in[0];
        if (kind == ALL_KNOWN) {
            Arrays.fill(valid, from, to, true);
            return 1;
        }
        int end = 1 + Math.ceilDiv(to - from, 8);
        if (kind != BITMAP || length < end) {
            throw fault.at(
                    "validity",
                    "all known (0), or a bitmap (1) of %d bytes".formatted(end - 1),
                    "kind %d and %d bytes".formatted(kind, length));
        }
        boolean all = true;
        for (int i = 0; i < (end - 1) * 8; i++) {
            boolean known = (in[1 + (i >>> 3)] >>> (i & 7) & 1) != 0;
            if (from + i < to) {
                valid[from + i] = known;
                all &= known;
            } else if (known) {
                throw fault.at("validity", "zero bits behind the last cell", "a set bit");
            }
        }
        if (all) {
            throw fault.at("validity", "all known (0) when no cell is unknown", "a bitmap (1)");
        }
        return end;
    }

    private int writeWeights(short[] halves, boolean[] valid, int from, int to, byte[] out, int at) {
        int next = at;
        for (int cell = from; cell < to; cell++) {
            for (int i = cell * topK; valid[cell] && i < (cell + 1) * topK; i++) {
                if (!GateWeights.finite(halves[i])) {
                    throw new IllegalArgumentException("row %d, layer column %d: expected finite gate weights, found %s"
                            .formatted(cell / layers, cell % layers, Float.float16ToFloat(halves[i])));
                }
                out[next++] = (byte) halves[i];
                out[next++] = (byte) (halves[i] >> 8);
            }
        }
        return next;
    }

    private int readWeights(
            byte[] in, int at, int length, short[] halves, boolean[] valid, int from, int to, TraceFault fault) {
        int next = at;
        for (int cell = from; cell < to; cell++) {
            if (valid[cell] && length - next < topK * Short.BYTES) {
                throw fault.at(
                        "row %d, layer column %d weights".formatted(cell / layers, cell % layers),
                        topK * Short.BYTES + " bytes",
                        "end of block");
            }
            for (int i = cell * topK; valid[cell] && i < (cell + 1) * topK; i++) {
                halves[i] = (short) ((in[next] & 0xff) | (in[next + 1] << 8));
                next += Short.BYTES;
                if (!GateWeights.finite(halves[i])) {
                    throw fault.at(
                            "row %d, layer column %d weights".formatted(cell / layers, cell % layers),
                            "finite numbers",
                            Float.float16ToFloat(halves[i]));
                }
            }
        }
        return next;
    }
}
