package rl.ballast.protocol.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Packs fields into bytes, least significant bit first. The array must have 8 spare bytes behind the last field.
final class BitWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /// With up to 7 bits pending, a field of 56 bits still fits 63.
    private static final int MAX_SINGLE = 56;

    private final byte[] bytes;
    private int at;
    private long pending;
    private int pendingBits;

    BitWriter(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /// Appends the low `width` bits of `value`, 0..63; higher bits must be 0.
    void put(long value, int width) {
        if (width <= MAX_SINGLE) {
            putShort(value, width);
        } else {
            putShort(value & 0xffff_ffffL, 32);
            putShort(value >>> 32, width - 32);
        }
    }

    /// Appends the first `count` values, each as [#put] does.
    void put(long[] values, int count, int width) {
        if (width > MAX_SINGLE) {
            for (int i = 0; i < count; i++) {
                put(values[i], width);
            }
            return;
        }
        int next = at;
        long bits = pending;
        int filled = pendingBits;
        for (int i = 0; i < count; i++) {
            bits |= values[i] << filled;
            LONG.set(bytes, next, bits);
            filled += width;
            next += filled >>> 3;
            bits >>>= filled & ~7;
            filled &= 7;
        }
        at = next;
        pending = bits;
        pendingBits = filled;
    }

    /// Appends the first `count` values, each in its own width of at most 56 bits.
    void put(long[] values, int[] widths, int count) {
        int next = at;
        long bits = pending;
        int filled = pendingBits;
        for (int i = 0; i < count; i++) {
            bits |= values[i] << filled;
            LONG.set(bytes, next, bits);
            filled += widths[i];
            next += filled >>> 3;
            bits >>>= filled & ~7;
            filled &= 7;
        }
        at = next;
        pending = bits;
        pendingBits = filled;
    }

    private void putShort(long value, int width) {
        long bits = pending | (value << pendingBits);
        LONG.set(bytes, at, bits);
        int filled = pendingBits + width;
        at += filled >>> 3;
        pending = bits >>> (filled & ~7);
        pendingBits = filled & 7;
    }

    /// Fills up the last byte with zero bits and returns the index behind it.
    int finish() {
        return at + (pendingBits > 0 ? 1 : 0);
    }
}
