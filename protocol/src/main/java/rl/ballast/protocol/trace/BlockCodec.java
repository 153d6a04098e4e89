package rl.ballast.protocol.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Turns a block of rows into bytes and back: validity, then the known cells row by row, then their gate
/// weights. Not thread-safe: one per writer or reader.
final class BlockCodec {
    /// Bytes that bit readers and writers may touch behind the last field.
    static final int SLACK = 16;

    private static final int ALL_KNOWN = 0;
    private static final int BITMAP = 1;
    private static final int RANKS = 0;
    private static final int POPULAR = 1;
    /// Cells that tell whether a block is worth coding by popularity, and what part of the bits of plain ranks it
    /// may take.
    private static final int SAMPLE = 512;

    private static final double WORTH = 0.97;

    private final SetCode code;
    private final int layers;
    private final int topK;
    private @Nullable Lesson lesson;
    private @Nullable PopularCode popular;
    private long[] ranks = new long[0];

    /// The rows of the first block, until another block asks what they teach.
    private record Lesson(short[] ids, boolean[] valid, int rows) {}

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
        short[] ids = routes.idArray();
        PopularCode by = popular();
        int end = by == null ? 0 : encodePopular(by, ids, valid, from, to, out, at);
        at = end > 0 ? end : encodeRanks(ids, valid, from, to, out, at);
        return weights == null ? at : writeWeights(weights.halfArray(), valid, from, to, out, at);
    }

    /// Keeps the first `rows` rows of the file, which do not change any more, to learn from them which experts are
    /// chosen often; writer and reader give them after its first block. Files of one block, and readers of blocks
    /// that use nothing of it, are spared the learning.
    void learn(short[] ids, boolean[] valid, int rows) {
        lesson = code.simple(PopularCode.MAX_WIDTH) ? new Lesson(ids, valid, rows) : null;
    }

    private @Nullable PopularCode popular() {
        Lesson first = lesson;
        if (first != null) {
            Popularity popularity =
                    Popularity.of(code.experts(), topK, layers, first.ids(), first.valid(), first.rows());
            popular = popularity == null ? null : new PopularCode(popularity, code, topK);
            lesson = null;
        }
        return popular;
    }

    /// Returns the end of the coded cells, or 0 if it is not worth it.
    private int encodePopular(PopularCode by, short[] ids, boolean[] valid, int from, int to, byte[] out, int at) {
        int[] lengths = new int[PrefixCode.SYMBOLS];
        int known = 0;
        if (ranks.length < to - from) {
            ranks = new long[to - from];
        }
        for (int cell = next(valid, true, from, to); cell < to; cell = next(valid, true, cell, to)) {
            int end = next(valid, false, cell, to);
            for (int cells; cell < end; cell += cells) {
                cells = Math.min(SAMPLE, end - cell);
                if (!by.rank(ids, cell * topK, cells, cell % layers, ranks, known, lengths)) {
                    return 0;
                }
                boolean sampled = known < SAMPLE && known + cells >= SAMPLE;
                known += cells;
                if (sampled && !worthwhile(PrefixCode.of(lengths).bits(lengths), known)) {
                    return 0;
                }
            }
        }
        if (known == 0) {
            return 0;
        }
        PrefixCode prefix = PrefixCode.of(lengths);
        if (!worthwhile(8L * PrefixCode.MAX_BYTES + prefix.bits(lengths), known)) {
            return 0;
        }
        out[at] = POPULAR;
        BitWriter bits = new BitWriter(out, prefix.write(out, at + 1));
        by.encode(ranks, known, prefix, bits);
        return bits.finish();
    }

    /// Whether so many bits for `known` cells save enough.
    private boolean worthwhile(long bits, int known) {
        return bits < WORTH * known * code.fixedWidth();
    }

    private int encodeRanks(short[] ids, boolean[] valid, int from, int to, byte[] out, int at) {
        out[at] = RANKS;
        BitWriter bits = new BitWriter(out, at + 1);
        for (int cell = next(valid, true, from, to); cell < to; cell = next(valid, true, cell, to)) {
            int end = next(valid, false, cell, to);
            int coded = cell + code.encode(ids, cell * topK, end - cell, bits);
            if (coded < end) {
                throw outOfRange(ids, coded);
            }
            cell = end;
        }
        return bits.finish();
    }

    /// Decodes `length` bytes of `in` (with [#SLACK] readable bytes behind them) into rows `[row, row + rows)`. Ids
    /// and weights of unknown cells are left as they are.
    void decode(byte[] in, int length, RoutesBuilder into, int row, int rows, TraceFault fault) {
        int from = row * layers;
        int to = from + rows * layers;
        int at = readValidity(in, length, into.valid(), from, to, fault);
        int coding = at >= length ? -1 : in[at++] & 0xff;
        PopularCode by = coding == RANKS ? null : popular();
        if (coding != RANKS && (coding != POPULAR || by == null)) {
            throw fault.at("coding", by == null ? "0" : "0 or 1", coding < 0 ? "end of block" : coding);
        }
        PrefixCode prefix = null;
        if (by != null) {
            int bytes = PrefixCode.bytes(in, at, length);
            prefix = bytes < 0 ? null : PrefixCode.read(in, at);
            if (prefix == null) {
                throw fault.at("prefix code", "lengths of a prefix code", bytes < 0 ? "end of block" : "others");
            }
            at += bytes;
        }
        BitReader bits = new BitReader(in, at, length);
        boolean[] valid = into.valid();
        short[] ids = into.ids();
        for (int cell = next(valid, true, from, to); cell < to; cell = next(valid, true, cell, to)) {
            int end = next(valid, false, cell, to);
            int cells = end - cell;
            int read = by == null || prefix == null
                    ? code.decode(bits, ids, cell * topK, cells)
                    : by.decode(bits, prefix, ids, cell * topK, cells, cell % layers);
            if (read < cells) {
                throw badCell(bits, cell + read, fault);
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
                        where, "the rank of a set of %d of %d experts".formatted(topK, code.experts()), "no such rank");
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
