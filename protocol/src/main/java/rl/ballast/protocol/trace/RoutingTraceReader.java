package rl.ballast.protocol.trace;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads a trace file segment by segment. Whatever the bytes are, reading ends: in segments, or in a [CorruptTrace]
/// that names file, field, expected and found. Memory is bounded by a constant times the bytes really present. A
/// segment is returned only after its checksum and all structural rules held. Not thread-safe.
public final class RoutingTraceReader implements AutoCloseable {
    private final String file;
    private final InputStream stream;
    private final TraceInput in;
    private final TraceHeader header;
    private final BlockCodec codec;
    private @Nullable SharedRows shared;
    private int segments;
    private boolean skipped;
    private boolean ended;

    private RoutingTraceReader(String file, InputStream stream, long size) throws IOException {
        this.file = file;
        this.stream = stream;
        this.in = new TraceInput(stream, size);
        this.header = readHeader(new TraceFault(file, ""));
        this.codec = new BlockCodec(header);
    }

    /// Opens a file. The caller closes the reader.
    ///
    /// @throws CorruptTrace if the header is damaged or of another schema version
    public static RoutingTraceReader open(Path path) throws IOException {
        InputStream stream = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
        return open(path.toString(), stream, Files.size(path));
    }

    /// Reads a stream; `name` stands for the file in errors. Closing the reader closes the stream.
    public static RoutingTraceReader open(String name, InputStream stream) throws IOException {
        return open(name, stream, -1);
    }

    /// Reads a stream of so many bytes, or of an unknown number if `size` is -1. Knowing it saves copies.
    public static RoutingTraceReader open(String name, InputStream stream, long size) throws IOException {
        try {
            return new RoutingTraceReader(name, stream, size);
        } catch (IOException | RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    /// Reads a whole file that the wire described, and only then returns its segments.
    ///
    /// @param sha256 lower-case hex digest that the file must have
    /// @throws CorruptTrace if the digest differs or the file is damaged
    public static List<TraceSegment> readAll(Path path, String sha256) throws IOException {
        String found = sha256(path);
        if (!found.equals(sha256)) {
            throw new CorruptTrace(path.toString(), "sha256", sha256, found);
        }
        List<TraceSegment> segments = new ArrayList<>();
        try (RoutingTraceReader reader = open(path)) {
            for (Optional<TraceSegment> next = reader.next(); next.isPresent(); next = reader.next()) {
                segments.add(next.get());
            }
        }
        return segments;
    }

    /// Reads one segment; what lies before it is passed over, what lies behind it is not looked at.
    ///
    /// @param index place in the file, from 0
    /// @throws CorruptTrace if there is no such segment or it is damaged
    public static TraceSegment read(Path path, int index) throws IOException {
        try (RoutingTraceReader reader = open(path)) {
            if (index > 0) {
                reader.next();
            }
            for (int passed = 1; passed < index && reader.skip(); passed++) {}
            return reader.next()
                    .filter(segment -> segment.index() == index)
                    .orElseThrow(() -> new CorruptTrace(
                            path.toString(), "segments", "at least " + (index + 1L), String.valueOf(reader.segments)));
        }
    }

    /// Lower-case hex SHA-256 of a file.
    public static String sha256(Path path) throws IOException {
        java.security.MessageDigest sha = TokenDigest.sha256();
        byte[] chunk = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(path)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                sha.update(chunk, 0, read);
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    public TraceHeader header() {
        return header;
    }

    /// The next segment, or empty at the end of the file (whose trailer and checksum then held).
    ///
    /// @throws CorruptTrace at the first thing that is wrong; the reader cannot be used after it
    public Optional<TraceSegment> next() throws IOException {
        if (!startsSegment()) {
            return Optional.empty();
        }
        TraceFault fault = new TraceFault(file, "segment %d ".formatted(segments));
        TraceHeaders.Stored stored = readSegmentHeader(fault);
        SegmentHeader segment = stored.header();
        RoutesBuilder builder = new RoutesBuilder(header.layers().size(), header.topK(), stored.weights());
        readRows(stored, builder, fault);
        int sum = in.segmentSum();
        int declared = in.u32(fault, "checksum");
        if (sum != declared) {
            throw fault.at("checksum", "%08x".formatted(declared), "%08x".formatted(sum));
        }
        Routes routes = builder.routes(segment.rows());
        routes.freeze();
        long unknown = (long) segment.rows() * routes.layers() - routes.known();
        if (unknown != segment.unknownCells()) {
            throw fault.at("unknown cells", segment.unknownCells() + " as its reasons say", unknown);
        }
        if (segments == 0) {
            shared = SharedRows.of(segment, routes);
        }
        return Optional.of(new TraceSegment(segments++, segment, routes, builder.weights(segment.rows())));
    }

    private void readRows(TraceHeaders.Stored stored, RoutesBuilder builder, TraceFault fault) throws IOException {
        int layers = header.layers().size();
        int total = stored.header().rows();
        int step = TraceFormat.blockRows(layers);
        builder.ensure(stored.sharedRows(), total);
        if (shared != null) {
            shared.copyTo(builder, stored.sharedRows());
        }
        for (int row = stored.sharedRows(); row < total; row += step) {
            int rows = Math.min(step, total - row);
            int length = readBlockLength(fault, rows, stored.weights());
            byte[] bytes = in.bytes(fault, "block of row %d".formatted(row), length, BlockCodec.SLACK);
            // A cell takes at least one bit, so the room that is made at once is bounded by what the file holds.
            long present = 8 * in.atLeastLeft() / layers;
            builder.ensure((int) Math.min(total, Math.max(row + rows, present)), total);
            codec.decode(bytes, length, builder, row, rows, fault);
            if (segments == 0 && row == 0) {
                codec.learn(builder.ids(), builder.valid(), rows);
            }
        }
    }

    private int readBlockLength(TraceFault fault, int rows, boolean weights) throws IOException {
        int tag = in.u32(fault, "block tag");
        if (tag != TraceFormat.BLOCK) {
            throw fault.at("block tag", "%08x".formatted(TraceFormat.BLOCK), "%08x".formatted(tag));
        }
        return in.length(fault, "block bytes", codec.maxBytes(rows, weights));
    }

    /// Passes over a segment without decoding or checking it; false at the end of the file. The file's checksum is
    /// then not checked either.
    boolean skip() throws IOException {
        if (!startsSegment()) {
            return false;
        }
        skipped = true;
        TraceFault fault = new TraceFault(file, "segment %d ".formatted(segments));
        TraceHeaders.Stored stored = readSegmentHeader(fault);
        int step = TraceFormat.blockRows(header.layers().size());
        for (int row = stored.sharedRows(); row < stored.header().rows(); row += step) {
            int rows = Math.min(step, stored.header().rows() - row);
            in.skip(fault, "block of row %d".formatted(row), readBlockLength(fault, rows, stored.weights()));
        }
        in.u32(fault, "checksum");
        segments++;
        return true;
    }

    private TraceHeader readHeader(TraceFault fault) throws IOException {
        long magic = in.u64(fault, "magic");
        if (magic != TraceFormat.MAGIC) {
            throw fault.at("magic", "%016x".formatted(TraceFormat.MAGIC), "%016x".formatted(magic));
        }
        int version = in.u16(fault, "schemaVersion");
        if (version != TraceHeader.SCHEMA_VERSION) {
            throw fault.at("schemaVersion", TraceHeader.SCHEMA_VERSION, version);
        }
        int flags = in.u16(fault, "flags");
        if (flags != 0) {
            throw fault.at("flags", 0, flags);
        }
        byte[] body = readBody(fault);
        int sum = in.fileSum();
        int declared = in.u32(fault, "header checksum");
        if (sum != declared) {
            throw fault.at("header checksum", "%08x".formatted(declared), "%08x".formatted(sum));
        }
        return TraceHeaders.readFile(body, fault);
    }

    private byte[] readBody(TraceFault fault) throws IOException {
        int length = in.length(fault, "header bytes", TraceFormat.MAX_HEADER_BYTES);
        return java.util.Arrays.copyOf(in.bytes(fault, "header", length, 0), length);
    }

    /// Reads the next tag; at the trailer checks it and returns false.
    private boolean startsSegment() throws IOException {
        if (ended) {
            return false;
        }
        TraceFault fault = new TraceFault(file, "");
        in.startSegment();
        int tag = in.u32(fault, "tag behind segment %d".formatted(segments - 1));
        if (tag == TraceFormat.SEGMENT) {
            return true;
        }
        if (tag != TraceFormat.TRAILER) {
            throw fault.at(
                    "tag behind segment %d".formatted(segments - 1),
                    "%08x or %08x".formatted(TraceFormat.SEGMENT, TraceFormat.TRAILER),
                    "%08x".formatted(tag));
        }
        readTrailer(fault);
        ended = true;
        return false;
    }

    private void readTrailer(TraceFault fault) throws IOException {
        int count = in.u32(fault, "trailer segments");
        if (count != segments) {
            throw fault.at("trailer segments", Integer.toUnsignedString(count), segments);
        }
        long bytes = in.u64(fault, "trailer file bytes");
        if (bytes != in.position() + Integer.BYTES) {
            throw fault.at("trailer file bytes", Long.toUnsignedString(bytes), in.position() + Integer.BYTES);
        }
        int sum = in.fileSum();
        int declared = in.u32(fault, "file checksum");
        if (sum != declared && !skipped) {
            throw fault.at("file checksum", "%08x".formatted(declared), "%08x".formatted(sum));
        }
        if (!in.atEnd()) {
            throw fault.at("end of file", bytes + " bytes", "more");
        }
    }

    private TraceHeaders.Stored readSegmentHeader(TraceFault fault) throws IOException {
        TraceHeaders.Stored stored = TraceHeaders.readSegment(readBody(fault), fault);
        SegmentHeader segment = stored.header();
        long ids = (long) segment.rows() * header.layers().size() * header.topK();
        if (ids > TraceFormat.MAX_SEGMENT_IDS) {
            throw fault.at("rows", "at most %d ids".formatted(TraceFormat.MAX_SEGMENT_IDS), ids);
        }
        int mayShare = shared == null || stored.weights() ? 0 : shared.limit(segment);
        if (stored.sharedRows() > mayShare) {
            throw fault.at("sharedRows", "at most " + mayShare, stored.sharedRows());
        }
        return stored;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
