package rl.ballast.protocol.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rl.ballast.protocol.PolicyVersion;

/// Bytes of the file header and of segment headers, without their framing.
final class TraceHeaders {
    /// A segment header with what only the file knows.
    ///
    /// @param sharedRows leading rows that equal those of segment 0 and are not stored again
    record Stored(SegmentHeader header, boolean weights, int sharedRows) {}

    private TraceHeaders() {}

    static byte[] write(TraceHeader header) {
        ByteBuffer out = buffer();
        text(out, header.runId());
        text(out, header.modelRevision());
        out.putShort((short) header.numExperts());
        out.putShort((short) header.topK());
        out.putShort((short) header.layers().size());
        header.layers().forEach(layer -> out.putShort((short) (int) layer));
        return bytes(out);
    }

    static TraceHeader readFile(byte[] body, TraceFault fault) {
        TraceFields in = new TraceFields(body, fault);
        String runId = in.text("runId");
        String modelRevision = in.text("modelRevision");
        int experts = in.u16("numExperts");
        int topK = in.u16("topK");
        int count = in.u16("layers");
        List<Integer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(in.u16("layers[%d]".formatted(i)));
        }
        in.end();
        Optional<Violation> broken = TraceHeader.broken(experts, topK, layers);
        if (broken.isPresent()) {
            throw fault.at(broken.get());
        }
        return new TraceHeader(runId, modelRevision, experts, topK, layers);
    }

    static byte[] write(Stored stored) {
        SegmentHeader header = stored.header();
        ByteBuffer out = buffer();
        text(out, header.rolloutId());
        out.putInt(header.segment());
        out.putLong(header.policyVersion().value());
        out.putInt(header.rows());
        out.putInt(header.firstPosition());
        out.putLong(header.tokenDigest());
        out.put((byte) ((header.endsSequence() ? TraceFormat.FLAG_ENDS_SEQUENCE : 0)
                | (header.complete() ? TraceFormat.FLAG_COMPLETE : 0)
                | (stored.weights() ? TraceFormat.FLAG_WEIGHTS : 0)));
        out.putInt(stored.sharedRows());
        out.put((byte) header.unknown().size());
        header.unknown()
                .forEach((reason, cells) -> out.put((byte) reason.code()).putInt(cells));
        TraceSource source = header.source();
        text(out, source.engine());
        text(out, source.engineVersion());
        text(out, source.backend());
        text(out, source.precision());
        out.putInt(source.prefixHitRows());
        out.putInt(source.externalRows());
        return bytes(out);
    }

    static Stored readSegment(byte[] body, TraceFault fault) {
        TraceFields in = new TraceFields(body, fault);
        String rolloutId = in.text("rolloutId");
        int segment = in.count("segment number");
        long version = in.u64("policyVersion");
        int rows = in.count("rows");
        int first = in.count("firstPosition");
        long digest = in.u64("tokenDigest");
        int flags = in.u8("flags");
        int sharedRows = in.count("sharedRows");
        Map<UnknownReason, Integer> unknown = readUnknown(in, fault);
        if ((flags & ~TraceFormat.ALL_FLAGS) != 0) {
            throw fault.at("flags", "only bits 0..2", "0x%02x".formatted(flags));
        }
        if (((flags & TraceFormat.FLAG_COMPLETE) != 0) != unknown.isEmpty()) {
            throw fault.at("complete", unknown.isEmpty(), !unknown.isEmpty());
        }
        if (version < 1) {
            throw fault.at("policyVersion", "at least 1", version);
        }
        if ((long) first + rows > SegmentHeader.MAX_POSITION) {
            throw fault.at(
                    "rows", "at most %d behind position %d".formatted(SegmentHeader.MAX_POSITION - first, first), rows);
        }
        TraceSource source = new TraceSource(
                in.text("source.engine"),
                in.text("source.engineVersion"),
                in.text("source.backend"),
                in.text("source.precision"),
                in.count("source.prefixHitRows"),
                in.count("source.externalRows"));
        in.end();
        boolean ends = (flags & TraceFormat.FLAG_ENDS_SEQUENCE) != 0;
        PolicyVersion policy = new PolicyVersion(version);
        return new Stored(
                new SegmentHeader(rolloutId, segment, policy, rows, first, digest, ends, unknown, source),
                (flags & TraceFormat.FLAG_WEIGHTS) != 0,
                sharedRows);
    }

    private static Map<UnknownReason, Integer> readUnknown(TraceFields in, TraceFault fault) {
        Map<UnknownReason, Integer> unknown = new EnumMap<>(UnknownReason.class);
        int reasons = in.u8("unknown reasons");
        int before = 0;
        for (int i = 0; i < reasons; i++) {
            int code = in.u8("unknown[%d] reason".formatted(i));
            UnknownReason reason = null;
            for (UnknownReason candidate : UnknownReason.values()) {
                reason = candidate.code() == code ? candidate : reason;
            }
            if (reason == null || code <= before) {
                throw fault.at("unknown[%d] reason".formatted(i), "a known code above " + before, code);
            }
            before = code;
            int cells = in.count("unknown[%d] cells".formatted(i));
            if (cells == 0) {
                throw fault.at("unknown[%d] cells".formatted(i), "at least 1", 0);
            }
            unknown.put(reason, cells);
        }
        return unknown;
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(TraceFormat.MAX_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] bytes(ByteBuffer out) {
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private static void text(ByteBuffer out, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) bytes.length).put(bytes);
    }
}
