package rl.ballast.protocol.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Writes a trace file segment by segment; memory is one block and the shared rows of the first segment,
/// whatever the size of the file. The file appears under its name, complete and flushed to disk, only on
/// [#finish]; closing without it leaves nothing behind. Not thread-safe.
///
/// ```
/// try (var writer = RoutingTraceWriter.create(path, header)) {
///     writer.append(segmentHeader, routes);
///     TraceSummary summary = writer.finish();
/// }
/// ```
public final class RoutingTraceWriter implements AutoCloseable {
    private final TraceHeader header;
    private final TraceOutput out;
    private final BlockCodec codec;
    private final @Nullable TraceFile file;
    private final SequenceRules rules;
    private byte[] block = new byte[0];
    private @Nullable SharedRows shared;
    private int segments;
    private boolean finished;
    private boolean torn;

    private RoutingTraceWriter(TraceHeader header, OutputStream stream, @Nullable TraceFile file) throws IOException {
        this.header = header;
        this.out = new TraceOutput(stream);
        this.codec = new BlockCodec(header);
        this.rules = new SequenceRules(header.layers().size());
        this.file = file;
        byte[] body = TraceHeaders.write(header);
        out.u64(TraceFormat.MAGIC);
        out.u16(TraceHeader.SCHEMA_VERSION);
        out.u16(0);
        out.u32(body.length);
        out.write(body, body.length);
        out.fileSum();
    }

    /// Starts a file that replaces `path` when finished. Missing folders are made.
    public static RoutingTraceWriter create(Path path, TraceHeader header) throws IOException {
        TraceFile file = TraceFile.beside(path);
        try {
            return new RoutingTraceWriter(header, file.stream(), file);
        } catch (IOException | RuntimeException e) {
            file.discard();
            throw e;
        }
    }

    /// Writes to a stream, which the caller buffers and closes.
    public static RoutingTraceWriter to(OutputStream stream, TraceHeader header) throws IOException {
        return new RoutingTraceWriter(header, stream, null);
    }

    /// Appends a segment. The routes must not change any more, which they refuse from now on.
    ///
    /// @throws IllegalArgumentException if header and routes do not fit each other or the file
    public void append(SegmentHeader segment, Routes routes) throws IOException {
        append(segment, routes, null);
    }

    /// Appends a segment with gate weights.
    ///
    /// @param weights of the same shape as `routes`; null stores none
    /// @throws IllegalArgumentException if header, routes and weights do not fit each other or the file
    public void append(SegmentHeader segment, Routes routes, @Nullable GateWeights weights) throws IOException {
        require(segment, routes, weights);
        int sharedRows = weights == null && shared != null ? shared.match(segment, routes) : 0;
        torn = true;
        byte[] body = TraceHeaders.write(new TraceHeaders.Stored(segment, weights != null, sharedRows));
        out.startSegment();
        out.u32(TraceFormat.SEGMENT);
        out.u32(body.length);
        out.write(body, body.length);
        int step = TraceFormat.blockRows(header.layers().size());
        for (int row = sharedRows; row < segment.rows(); row += step) {
            int rows = Math.min(step, segment.rows() - row);
            int max = codec.maxBytes(rows, weights != null) + BlockCodec.SLACK;
            block = block.length < max ? new byte[max] : block;
            int length = codec.encode(routes, weights, row, rows, block);
            out.u32(TraceFormat.BLOCK);
            out.u32(length);
            out.write(block, length);
            if (segments == 0 && row == 0) {
                codec.learn(routes.idArray(), routes.validArray(), rows);
            }
        }
        out.segmentSum();
        if (segments == 0) {
            shared = SharedRows.of(segment, routes);
        }
        routes.freeze();
        segments++;
        torn = false;
    }

    private void require(SegmentHeader segment, Routes routes, @Nullable GateWeights weights) {
        int layers = header.layers().size();
        requireOpen();
        if (routes.rows() != segment.rows() || routes.layers() != layers || routes.topK() != header.topK()) {
            throw new IllegalArgumentException("rollout %s: expected routes [%d][%d][%d], found [%d][%d][%d]"
                    .formatted(
                            segment.rolloutId(),
                            segment.rows(),
                            layers,
                            header.topK(),
                            routes.rows(),
                            routes.layers(),
                            routes.topK()));
        }
        if (weights != null
                && (weights.rows() != routes.rows() || weights.layers() != layers || weights.topK() != routes.topK())) {
            throw new IllegalArgumentException("rollout %s: expected gate weights [%d][%d][%d], found [%d][%d][%d]"
                    .formatted(
                            segment.rolloutId(),
                            segment.rows(),
                            layers,
                            header.topK(),
                            weights.rows(),
                            weights.layers(),
                            weights.topK()));
        }
        if ((long) segment.rows() * layers * header.topK() > TraceFormat.MAX_SEGMENT_IDS) {
            throw new IllegalArgumentException(
                    "rollout %s: expected at most %d ids in a segment, found %d rows; cut the range into segments"
                            .formatted(segment.rolloutId(), TraceFormat.MAX_SEGMENT_IDS, segment.rows()));
        }
        long unknown = (long) segment.rows() * layers - routes.known();
        if (segment.unknownCells() != unknown) {
            throw new IllegalArgumentException("rollout %s: expected reasons for %d unknown cells, found %s"
                    .formatted(segment.rolloutId(), unknown, segment.unknown()));
        }
        rules.accept(segment).ifPresent(broken -> {
            throw broken.asArgument();
        });
    }

    private void requireOpen() {
        if (finished || torn) {
            throw new IllegalStateException(
                    finished
                            ? "the trace is finished"
                            : "a segment of the trace failed half-way; start the file again");
        }
    }

    /// Ends the file and, for a path, flushes it to disk and renames it into place. Call once.
    ///
    /// @return what the wire carries
    public TraceSummary finish() throws IOException {
        requireOpen();
        finished = true;
        out.u32(TraceFormat.TRAILER);
        out.u32(segments);
        out.u64(out.position() + Long.BYTES + Integer.BYTES);
        out.fileSum();
        TraceSummary summary = new TraceSummary(segments, out.position(), out.finish());
        if (file != null) {
            file.publish();
        }
        return summary;
    }

    /// Releases the file; an unfinished one is removed.
    @Override
    public void close() throws IOException {
        if (file != null) {
            file.discard();
        }
    }

    /// A file that is written under a temporary name.
    private record TraceFile(Path path, Path temporary, FileChannel channel) {
        static TraceFile beside(Path path) throws IOException {
            Path folder = path.toAbsolutePath().getParent();
            if (folder == null) {
                throw new IOException("cannot write a trace to '%s': it has no folder".formatted(path));
            }
            Files.createDirectories(folder);
            // The name that the store takes for a leftover if this process dies.
            Path temporary = folder.resolve(".%s.partial-%d-%d"
                    .formatted(path.getFileName(), ProcessHandle.current().pid(), System.nanoTime() & Long.MAX_VALUE));
            return new TraceFile(
                    path,
                    temporary,
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        }

        OutputStream stream() {
            return new java.io.BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        }

        void publish() throws IOException {
            channel.force(true);
            channel.close();
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel folder = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        }

        void discard() throws IOException {
            channel.close();
            Files.deleteIfExists(temporary);
        }
    }
}
