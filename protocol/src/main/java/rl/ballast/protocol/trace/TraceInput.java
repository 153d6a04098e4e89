package rl.ballast.protocol.trace;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Reads bytes and keeps the checksums. Memory grows with bytes that arrived, never with a declared length.
final class TraceInput {
    private static final int FIRST_CHUNK = 1 << 16;

    private final InputStream in;
    private final long size;
    private final CRC32C segmentSum = new CRC32C();
    private final CRC32C fileSum = new CRC32C();
    private final byte[] small = new byte[Long.BYTES];
    private byte[] buffer = new byte[0];
    private long position;

    /// @param size of the whole input, or -1 if it is not known
    TraceInput(InputStream in, long size) {
        this.in = in;
        this.size = size;
    }

    long position() {
        return position;
    }

    /// Bytes that can still come; 0 if that is not known.
    long atLeastLeft() {
        return Math.max(0, size - position);
    }

    int u16(TraceFault fault, String field) throws IOException {
        return (int) number(fault, field, Short.BYTES);
    }

    int u32(TraceFault fault, String field) throws IOException {
        return (int) number(fault, field, Integer.BYTES);
    }

    long u64(TraceFault fault, String field) throws IOException {
        return number(fault, field, Long.BYTES);
    }

    /// A length that is checked against `max` before anything is read.
    int length(TraceFault fault, String field, int max) throws IOException {
        int length = u32(fault, field);
        if (length < 0 || length > max) {
            throw fault.at(field, "at most " + max, Integer.toUnsignedString(length));
        }
        return length;
    }

    /// Reads `length` bytes into a buffer that the next call reuses and that has `slack` more readable bytes.
    byte[] bytes(TraceFault fault, String field, int length, int slack) throws IOException {
        int got = 0;
        while (got < length) {
            int chunk = Math.min(length - got, Math.max(FIRST_CHUNK, got));
            if (buffer.length < got + chunk + slack) {
                buffer = Arrays.copyOf(buffer, got + chunk + slack);
            }
            int read = in.readNBytes(buffer, got, chunk);
            got += read;
            if (read < chunk) {
                throw fault.at(field, length + " bytes", "end of file after " + got);
            }
        }
        if (buffer.length < length + slack) {
            buffer = Arrays.copyOf(buffer, length + slack);
        }
        count(buffer, length);
        return buffer;
    }

    void skip(TraceFault fault, String field, int length) throws IOException {
        try {
            in.skipNBytes(length);
        } catch (java.io.EOFException e) {
            throw fault.at(field, length + " bytes", "end of file");
        }
        position += length;
    }

    boolean atEnd() throws IOException {
        return in.read() < 0;
    }

    void startSegment() {
        segmentSum.reset();
    }

    int segmentSum() {
        return (int) segmentSum.getValue();
    }

    int fileSum() {
        return (int) fileSum.getValue();
    }

    private long number(TraceFault fault, String field, int width) throws IOException {
        int read = in.readNBytes(small, 0, width);
        if (read < width) {
            throw fault.at(field, width + " bytes", "end of file after " + read);
        }
        count(small, width);
        long value = 0;
        for (int i = width - 1; i >= 0; i--) {
            value = value << 8 | (small[i] & 0xff);
        }
        return value;
    }

    private void count(byte[] bytes, int length) {
        segmentSum.update(bytes, 0, length);
        fileSum.update(bytes, 0, length);
        position += length;
    }
}
