package rl.ballast.protocol.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// Writes bytes and keeps the checksums of the segment and of the file, and the file's digest.
final class TraceOutput {
    private final OutputStream out;
    private final CRC32C segmentSum = new CRC32C();
    private final CRC32C fileSum = new CRC32C();
    private final MessageDigest sha = TokenDigest.sha256();
    private final ByteBuffer small = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;

    TraceOutput(OutputStream out) {
        this.out = out;
    }

    void write(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        segmentSum.update(bytes, 0, length);
        fileSum.update(bytes, 0, length);
        sha.update(bytes, 0, length);
        position += length;
    }

    void u16(int value) throws IOException {
        write(small.clear().putShort((short) value).array(), Short.BYTES);
    }

    void u32(int value) throws IOException {
        write(small.clear().putInt(value).array(), Integer.BYTES);
    }

    void u64(long value) throws IOException {
        write(small.clear().putLong(value).array(), Long.BYTES);
    }

    void startSegment() {
        segmentSum.reset();
    }

    void segmentSum() throws IOException {
        u32((int) segmentSum.getValue());
    }

    void fileSum() throws IOException {
        u32((int) fileSum.getValue());
    }

    long position() {
        return position;
    }

    /// Flushes and returns the digest of everything written. Call once.
    String finish() throws IOException {
        out.flush();
        return HexFormat.of().formatHex(sha.digest());
    }
}
