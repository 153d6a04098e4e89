package rl.ballast.protocol.trace;

import java.io.ByteArrayOutputStream;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/// Makes trace files field by field, after docs/design/trace-format.md and not after the writer, with right
/// checksums and any field wrong. Untouched, it makes a valid file of one segment.
final class TraceForge {
    long magic = 0x0a1a0a0d54524c89L;
    int schemaVersion = 1;
    int flags;
    byte[] runId = text("run");
    byte[] modelRevision = text("model");
    int experts;
    int topK;
    int layerCount;
    int[] layers;
    int headerTail;
    byte[] rolloutId = text("rollout");
    int segment;
    long policyVersion = 3;
    int rows = 2;
    int firstPosition;
    int segmentFlags = 3;
    int sharedRows;
    int[][] reasons = {};
    byte[] engine = text("engine");
    int prefixHitRows;
    int externalRows;
    int segmentTail;
    int segmentTag = TraceFormat.SEGMENT;
    int blockTag = TraceFormat.BLOCK;
    int blocks = 1;
    byte[] block;
    int blockLengthError;
    int trailerTag = TraceFormat.TRAILER;
    int segmentCount = 1;
    long fileBytesError;
    int headerSumError;
    int segmentSumError;
    int fileSumError;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// A file of 2 rows whose cells all are the set of rank 0, `{0, ..., topK - 1}`.
    TraceForge(int experts, int topK, int layers) {
        this.experts = experts;
        this.topK = topK;
        this.layerCount = layers;
        this.layers = new int[layers];
        for (int i = 0; i < layers; i++) {
            this.layers[i] = i;
        }
        int width = SetCode.of(experts, topK).fixedWidth();
        this.block = new byte[2 + Math.ceilDiv(2 * layers * width, 8)];
    }

    static byte[] text(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        out.reset();
        put(Long.BYTES, magic);
        put(Short.BYTES, schemaVersion);
        put(Short.BYTES, flags);
        framed(body -> header());
        put(Integer.BYTES, sum(0) + headerSumError);
        int start = out.size();
        put(Integer.BYTES, segmentTag);
        framed(body -> segmentHeader());
        for (int i = 0; i < blocks; i++) {
            put(Integer.BYTES, blockTag);
            put(Integer.BYTES, block.length + blockLengthError);
            out.writeBytes(block);
        }
        put(Integer.BYTES, sum(start) + segmentSumError);
        put(Integer.BYTES, trailerTag);
        put(Integer.BYTES, segmentCount);
        put(Long.BYTES, out.size() + 12L + fileBytesError);
        put(Integer.BYTES, sum(0) + fileSumError);
        return out.toByteArray();
    }

    private void header() {
        texts(runId, modelRevision);
        put(Short.BYTES, experts);
        put(Short.BYTES, topK);
        put(Short.BYTES, layerCount);
        for (int layer : layers) {
            put(Short.BYTES, layer);
        }
        out.writeBytes(new byte[headerTail]);
    }

    private void segmentHeader() {
        texts(rolloutId);
        put(Integer.BYTES, segment);
        put(Long.BYTES, policyVersion);
        put(Integer.BYTES, rows);
        put(Integer.BYTES, firstPosition);
        put(Long.BYTES, 0x1234);
        put(1, segmentFlags);
        put(Integer.BYTES, sharedRows);
        put(1, reasons.length);
        for (int[] reason : reasons) {
            put(1, reason[0]);
            put(Integer.BYTES, reason[1]);
        }
        texts(engine, text("0.1"), text("vector"), text("F32"));
        put(Integer.BYTES, prefixHitRows);
        put(Integer.BYTES, externalRows);
        out.writeBytes(new byte[segmentTail]);
    }

    private void texts(byte[]... values) {
        for (byte[] value : values) {
            put(Short.BYTES, value.length);
            out.writeBytes(value);
        }
    }

    private void put(int width, long value) {
        for (int i = 0; i < width; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }

    private void framed(Consumer<ByteArrayOutputStream> body) {
        byte[] before = out.toByteArray();
        out.reset();
        body.accept(out);
        byte[] content = out.toByteArray();
        out.reset();
        out.writeBytes(before);
        put(Integer.BYTES, content.length);
        out.writeBytes(content);
    }

    private int sum(int from) {
        CRC32C crc = new CRC32C();
        crc.update(out.toByteArray(), from, out.size() - from);
        return (int) crc.getValue();
    }

    /// Makes the checksums of a damaged file right as far as its frames can still be followed.
    static void repairChecksums(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        try {
            in.position(16 + in.getInt(12));
            repair(in, 0);
            while (in.remaining() >= 8) {
                int start = in.position();
                int tag = in.getInt();
                if (tag == TraceFormat.TRAILER) {
                    in.position(start + 16);
                    repair(in, 0);
                    return;
                }
                in.position(in.position() + 4 + in.getInt(in.position()));
                while (in.getInt(in.position()) == TraceFormat.BLOCK) {
                    in.position(in.position() + 8 + in.getInt(in.position() + 4));
                }
                repair(in, start);
            }
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | BufferUnderflowException
                | BufferOverflowException e) {
            // The frames cannot be followed any more, so no reader gets beyond them either.
        }
    }

    private static void repair(ByteBuffer file, int from) {
        CRC32C crc = new CRC32C();
        crc.update(file.duplicate().limit(file.position()).position(from));
        file.putInt((int) crc.getValue());
    }
}
