package rl.ballast.trainer.step;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.trace.CorruptTrace;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.trace.RoutingTraceReader;
import rl.ballast.protocol.trace.SegmentHeader;
import rl.ballast.protocol.trace.TokenDigest;
import rl.ballast.protocol.trace.TraceHeader;
import rl.ballast.protocol.trace.TraceSegment;
import rl.ballast.trainer.rollouts.JudgedStep;
import rl.ballast.trainer.rollouts.Rollout;

/// Reads what the engines recorded for a step and proves that it belongs to the step's responses: file digest, run,
/// model shape, policy version, token digest and row count (reference: routing trace contract).
///
/// @param routes one per response, in order; null where none were recorded, and for the groups in `corrupt`
/// @param unknown unknown (row, layer) cells by reason
/// @param bytes of the trace files
/// @param corrupt why a group's trace cannot be used: file, field, expected and found
record RecordedRoutes(
        List<@Nullable Routes> routes, Map<String, Long> unknown, long bytes, SortedMap<Integer, String> corrupt) {
    /// Rows that should be in the trace and are not.
    static final String MISSING_ROWS = "MISSING_ROWS";

    static RecordedRoutes read(JudgedStep step, ModelConfig model, StoreLayout layout, String runId) {
        var routes = new ArrayList<@Nullable Routes>();
        var unknown = new TreeMap<String, Long>();
        var corrupt = new TreeMap<Integer, String>();
        var files = new HashMap<String, Map<String, List<TraceSegment>>>();
        for (Rollout rollout : step.rollouts()) {
            var trace = rollout.trace();
            if (trace == null || !model.mixtureOfExperts() || corrupt.containsKey(rollout.group())) {
                routes.add(null);
                continue;
            }
            try {
                Path file = layout.inside(trace.file());
                var sequences = files.computeIfAbsent(trace.file(), _ -> sequences(file, trace.sha256(), model, runId));
                var assembly = new Assembly(trace.file(), rollout, step.header().policyVersion(), model);
                routes.add(assembly.assemble(segments(trace, sequences), unknown));
            } catch (CorruptTrace e) {
                corrupt.put(rollout.group(), String.valueOf(e.getMessage()));
                routes.add(null);
            }
        }
        long bytes = files.keySet().stream()
                .mapToLong(file -> layout.inside(file).toFile().length())
                .sum();
        return new RecordedRoutes(routes, unknown, bytes, corrupt);
    }

    private static List<TraceSegment> segments(Rollout.TraceIndex trace, Map<String, List<TraceSegment>> sequences) {
        List<List<TraceSegment>> inOrder = List.copyOf(sequences.values());
        if (trace.index() >= inOrder.size()) {
            throw new CorruptTrace(
                    trace.file(), "sequences", "more than " + trace.index(), String.valueOf(inOrder.size()));
        }
        return inOrder.get(trace.index());
    }

    /// The segments of each sequence, in the order in which sequences first appear.
    private static Map<String, List<TraceSegment>> sequences(
            Path file, String sha256, ModelConfig model, String runId) {
        var sequences = new LinkedHashMap<String, List<TraceSegment>>();
        try {
            for (TraceSegment segment : RoutingTraceReader.readAll(file, sha256)) {
                sequences
                        .computeIfAbsent(segment.header().rolloutId(), _ -> new ArrayList<>())
                        .add(segment);
            }
            try (var reader = RoutingTraceReader.open(file)) {
                checkHeader(file, reader.header(), model, runId);
            }
        } catch (IOException e) {
            throw new CorruptTrace(file.toString(), "file", "readable", e.toString());
        }
        return sequences;
    }

    private static void checkHeader(Path file, TraceHeader header, ModelConfig model, String runId) {
        var layers = new ArrayList<Integer>();
        for (int layer : model.moeLayerIndices()) {
            layers.add(layer);
        }
        require(file.toString(), "runId", runId, header.runId());
        require(file.toString(), "numExperts", model.numExperts(), header.numExperts());
        require(file.toString(), "topK", model.expertsPerToken(), header.topK());
        require(file.toString(), "layers", layers, header.layers());
    }

    private static void require(String file, String field, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new CorruptTrace(file, field, expected.toString(), found.toString());
        }
    }

    /// Puts one sequence's segments together.
    private record Assembly(String file, Rollout rollout, long policyVersion, ModelConfig model) {
        Routes assemble(List<TraceSegment> segments, Map<String, Long> unknown) {
            int[] tokens = rollout.sequence();
            var all = new Routes(tokens.length - 1, model.moeLayerIndices().length, model.expertsPerToken());
            int next = 0;
            for (TraceSegment segment : segments) {
                SegmentHeader header = segment.header();
                require(file, field(header, "segment"), segments.indexOf(segment), header.segment());
                require(file, field(header, "firstPosition"), next, header.firstPosition());
                require(
                        file,
                        field(header, "policyVersion"),
                        policyVersion,
                        header.policyVersion().value());
                next += header.rows();
                if (next > all.rows()) {
                    throw new CorruptTrace(
                            file, field(header, "rows"), "at most %d in all".formatted(all.rows()), "" + next);
                }
                require(
                        file,
                        field(header, "tokenDigest"),
                        Long.toHexString(TokenDigest.of(tokens, header.firstPosition(), header.rows())),
                        Long.toHexString(header.tokenDigest()));
                all.copyRows(segment.routes(), 0, header.rows(), header.firstPosition());
                header.unknown().forEach((reason, cells) -> unknown.merge(reason.name(), (long) cells, Long::sum));
            }
            if (next < all.rows()) {
                unknown.merge(MISSING_ROWS, (long) (all.rows() - next) * all.layers(), Long::sum);
            }
            return all;
        }

        private String field(SegmentHeader header, String name) {
            return "rollout %s, group %d, sample %d, %s"
                    .formatted(header.rolloutId(), rollout.group(), rollout.sample(), name);
        }
    }
}
