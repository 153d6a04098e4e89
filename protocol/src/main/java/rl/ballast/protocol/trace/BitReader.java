package rl.ballast.protocol.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Unpacks what [BitWriter] packed. The array must have 16 readable bytes behind `end`; reading beyond `end` yields
/// whatever lies there and is noticed by [#overrun].
final class BitReader {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MAX_SINGLE = 57;

    private final byte[] bytes;
    private final long endBit;
    private long bit;

    BitReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.bit = 8L * from;
        this.endBit = 8L * end;
    }

    /// The next `width` bits, 0..63.
    long take(int width) {
        if (width <= MAX_SINGLE) {
            return takeShort(width);
        }
        long low = takeShort(32);
        return low | (takeShort(width - 32) << 32);
    }

    /// Fills the first `count` entries, each as [#take] does.
    void take(long[] values, int count, int width) {
        if (width > MAX_SINGLE) {
            for (int i = 0; i < count; i++) {
                values[i] = take(width);
            }
            return;
        }
        long mask = (1L << width) - 1;
        long next = bit;
        for (int i = 0; i < count; i++) {
            values[i] = ((long) LONG.get(bytes, (int) (next >>> 3)) >>> (next & 7)) & mask;
            next += width;
        }
        bit = next;
    }

    /// Takes numbers that are preceded by the prefix code of their length in bits and lack their highest bit, at
    /// most 57 bits together. Returns how many there are before the first that is not below `limit`, has a prefix
    /// that is none or overruns the end.
    ///
    /// @param symbols length above the width of its prefix (4 bits), by the next 8 bits; 0 if none
    int takePrefixed(long[] values, int count, char[] symbols, long limit) {
        long next = bit;
        for (int i = 0; i < count; i++) {
            long word = (long) LONG.get(bytes, (int) (next >>> 3)) >>> (next & 7);
            int symbol = symbols[(int) word & 0xff];
            int length = symbol >>> 4;
            int prefix = symbol & 15;
            int below = Math.max(0, length - 1);
            long highest = 1L << length >>> 1;
            long value = ((word >>> prefix) & ((1L << below) - 1)) | highest;
            next += prefix + below;
            if (symbol == 0 || next > endBit || value >= limit) {
                bit = next;
                return i;
            }
            values[i] = value;
        }
        bit = next;
        return count;
    }

    private long takeShort(int width) {
        long word = (long) LONG.get(bytes, (int) (bit >>> 3)) >>> (bit & 7);
        bit += width;
        return word & ((1L << width) - 1);
    }

    /// Bits up to the end.
    long left() {
        return endBit - bit;
    }

    boolean overrun() {
        return bit > endBit;
    }

    /// Index of the byte behind the last field, or -1 if the bits that fill up that field's byte are not zero.
    int padded() {
        int used = (int) (bit & 7);
        int at = (int) (bit >>> 3);
        if (used == 0) {
            return at;
        }
        return (bytes[at] & 0xff) >>> used == 0 ? at + 1 : -1;
    }
}
