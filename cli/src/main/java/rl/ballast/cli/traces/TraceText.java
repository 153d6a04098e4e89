package rl.ballast.cli.traces;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.protocol.trace.TraceHeader;
import rl.ballast.protocol.trace.UnknownReason;

/// Wording shared by the subcommands.
final class TraceText {
    private TraceText() {}

    static void put(ObjectNode node, TraceHeader header) {
        node.put("schemaVersion", TraceHeader.SCHEMA_VERSION)
                .put("runId", header.runId())
                .put("modelRevision", header.modelRevision())
                .put("numExperts", header.numExperts())
                .put("topK", header.topK());
        ArrayNode layers = node.putArray("layers");
        header.layers().forEach(layers::add);
    }

    static <N extends Number> void putUnknown(ObjectNode node, Map<UnknownReason, N> unknown) {
        ObjectNode counts = node.putObject("unknown");
        new TreeMap<>(unknown).forEach((reason, cells) -> counts.put(reason.name(), cells.longValue()));
    }

    /// `0-2, 5` for 0, 1, 2, 5.
    static String ranges(List<Integer> ascending) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ascending.size(); ) {
            int end = i;
            while (end + 1 < ascending.size() && ascending.get(end + 1) == ascending.get(end) + 1) {
                end++;
            }
            text.append(text.isEmpty() ? "" : ", ").append(ascending.get(i));
            text.append(end > i ? "-" + ascending.get(end) : "");
            i = end + 1;
        }
        return text.toString();
    }

    static <N extends Number> String unknown(Map<UnknownReason, N> unknown) {
        return unknown.isEmpty() ? "none" : new TreeMap<>(unknown).toString().replaceAll("[{}]", "");
    }
}
