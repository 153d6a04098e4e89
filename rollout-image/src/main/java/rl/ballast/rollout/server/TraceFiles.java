package rl.ballast.rollout.server;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.trace.RoutingTraceWriter;
import rl.ballast.protocol.trace.SegmentHeader;
import rl.ballast.protocol.trace.TokenDigest;
import rl.ballast.protocol.trace.TraceHeader;
import rl.ballast.protocol.trace.TraceSource;
import rl.ballast.protocol.trace.TraceSummary;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse.TraceReference;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.GroupResult;
import rl.ballast.rollout.engine.GroupResult.CapturedRoutes;
import rl.ballast.rollout.engine.GroupResult.RowSpan;

/// Writes the routes of a group as one trace file: per sample one rollout `REQUEST/SAMPLE`, per policy version that
/// computed its rows one segment. Thread-safe.
final class TraceFiles implements RoutesStore {
    /// What must stay free on the volume so that the learner can still write its checkpoint's small files.
    private static final long RESERVE_BYTES = 64L << 20;

    private final StoreLayout store;
    private final String runId;
    private final TraceSource source;
    private final LongConsumer written;

    /// @param written told the size of every file
    TraceFiles(StoreLayout store, String runId, TraceSource source, LongConsumer written) {
        this.store = store;
        this.runId = runId;
        this.source = source;
        this.written = written;
    }

    @Override
    public void requireRoom() {
        try {
            long free = Files.getFileStore(store.root()).getUsableSpace();
            if (free < RESERVE_BYTES) {
                throw new EngineRefusal(
                        Reason.STORE_FULL,
                        "store %s: expected %d free bytes for routing traces, found %d; free space or enlarge the volume"
                                .formatted(store.root(), RESERVE_BYTES, free));
            }
        } catch (IOException e) {
            throw full(store.root(), e);
        }
    }

    @Override
    public TraceReference write(GenerateRequest request, GroupResult result, Serving serving) {
        ModelConfig model = serving.model();
        String name = requireNonNull(request.traceFile());
        Path file = store.inside(name);
        List<Integer> layers = Arrays.stream(model.moeLayerIndices()).boxed().toList();
        var header = new TraceHeader(runId, serving.modelDigest(), model.numExperts(), model.expertsPerToken(), layers);
        try (RoutingTraceWriter writer = RoutingTraceWriter.create(file, header)) {
            for (int sample = 0; sample < result.samples().size(); sample++) {
                append(writer, request, sample, result.samples().get(sample));
            }
            TraceSummary summary = writer.finish();
            written.accept(summary.bytes());
            return new TraceReference(name, summary.bytes(), summary.sha256());
        } catch (IOException e) {
            throw full(file, e);
        }
    }

    private void append(RoutingTraceWriter writer, GenerateRequest request, int sample, GroupResult.Sample result)
            throws IOException {
        CapturedRoutes captured = requireNonNull(result.routes(), "routes were asked for");
        int[] tokens = IntStream.concat(Arrays.stream(request.promptTokens()), Arrays.stream(result.tokens()))
                .toArray();
        List<RowSpan> spans = captured.versions();
        for (int i = 0; i < spans.size(); i++) {
            RowSpan span = spans.get(i);
            var segment = new SegmentHeader(
                    "%s/%d".formatted(request.requestId(), sample),
                    i,
                    span.version(),
                    span.rows(),
                    span.firstRow(),
                    TokenDigest.of(tokens, span.firstRow(), span.rows()),
                    i == spans.size() - 1,
                    Map.of(),
                    source);
            writer.append(segment, rows(captured.routes(), span));
        }
    }

    private static Routes rows(Routes all, RowSpan span) {
        if (span.firstRow() == 0 && span.rows() == all.rows()) {
            return all;
        }
        var part = new Routes(span.rows(), all.layers(), all.topK());
        part.copyRows(all, span.firstRow(), span.rows(), 0);
        return part;
    }

    private static EngineRefusal full(Path file, IOException e) {
        return new EngineRefusal(
                Reason.STORE_FULL,
                "%s: the routing trace could not be written (%s: %s) and nothing of it was left; see to the volume, then repeat the request"
                        .formatted(file, e.getClass().getSimpleName(), e.getMessage()));
    }
}
