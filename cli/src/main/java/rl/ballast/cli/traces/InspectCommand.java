package rl.ballast.cli.traces;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import rl.ballast.protocol.trace.RoutingTraceReader;
import rl.ballast.protocol.trace.SegmentHeader;
import rl.ballast.protocol.trace.TraceHeader;
import rl.ballast.protocol.trace.TraceSegment;

/// `ballast traces inspect PATH`.
@Command(
        name = "inspect",
        description = "Show what routing traces hold: model, layers, and every segment.",
        mixinStandardHelpOptions = true)
final class InspectCommand extends TraceFilesCommand {
    @Override
    void report(Path file, ObjectNode node, PrintWriter out) throws IOException {
        try (RoutingTraceReader reader = RoutingTraceReader.open(file)) {
            TraceHeader header = reader.header();
            out.println(String.format(
                    Locale.ROOT,
                    "%s: schema version %d, %,d bytes",
                    file,
                    TraceHeader.SCHEMA_VERSION,
                    Files.size(file)));
            out.println("  run " + header.runId() + ", model revision " + header.modelRevision());
            out.println(String.format(
                    Locale.ROOT,
                    "  %d of %d experts, MoE layers %s",
                    header.topK(),
                    header.numExperts(),
                    TraceText.ranges(header.layers())));
            TraceText.put(node, header);
            node.put("bytes", Files.size(file));
            ArrayNode segments = node.putArray("segments");
            for (Optional<TraceSegment> next = reader.next(); next.isPresent(); next = reader.next()) {
                describe(next.get(), segments.addObject(), out);
            }
        }
    }

    private static void describe(TraceSegment segment, ObjectNode node, PrintWriter out) {
        SegmentHeader header = segment.header();
        boolean weights = segment.weights() != null;
        out.println(String.format(
                Locale.ROOT,
                "  [%d] rollout %s segment %d: version %d, positions %d..%d, %s%s, tokens %016x, unknown %s, by %s %s (%s, %s), "
                        + "%d prefix-hit and %d external rows%s",
                segment.index(),
                header.rolloutId(),
                header.segment(),
                header.policyVersion().value(),
                header.firstPosition(),
                header.firstPosition() + header.rows() - 1,
                header.complete() ? "complete" : "partial",
                header.endsSequence() ? ", ends the sequence" : "",
                header.tokenDigest(),
                TraceText.unknown(header.unknown()),
                header.source().engine(),
                header.source().engineVersion(),
                header.source().backend(),
                header.source().precision(),
                header.source().prefixHitRows(),
                header.source().externalRows(),
                weights ? ", gate weights" : ""));
        node.put("index", segment.index())
                .put("rolloutId", header.rolloutId())
                .put("segment", header.segment())
                .put("policyVersion", header.policyVersion().value())
                .put("firstPosition", header.firstPosition())
                .put("rows", header.rows())
                .put("complete", header.complete())
                .put("endsSequence", header.endsSequence())
                .put("tokenDigest", String.format(Locale.ROOT, "%016x", header.tokenDigest()))
                .put("weights", weights);
        TraceText.putUnknown(node, header.unknown());
        node.putObject("source")
                .put("engine", header.source().engine())
                .put("engineVersion", header.source().engineVersion())
                .put("backend", header.source().backend())
                .put("precision", header.source().precision())
                .put("prefixHitRows", header.source().prefixHitRows())
                .put("externalRows", header.source().externalRows());
    }
}
