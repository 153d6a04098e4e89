package rl.ballast.cli.numerics;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import rl.ballast.protocol.objective.EngineMismatch;

/// What `ballast parity` says.
///
/// @param tolerance empty if none was stated
record ParityReport(List<Comparison> comparisons, OptionalDouble tolerance) {
    private static final ObjectMapper JSON = new ObjectMapper();

    boolean fine() {
        return tolerance.isEmpty() || comparisons.stream().allMatch(c -> c.within(tolerance.getAsDouble()));
    }

    void print(PrintWriter out) {
        for (Comparison comparison : comparisons) {
            print(comparison, out);
        }
        if (tolerance.isEmpty()) {
            out.println("no tolerance stated: nothing was judged");
        } else {
            out.println("tolerance %s: %s".formatted(brief(tolerance.getAsDouble()), fine() ? "ok" : "EXCEEDED"));
        }
    }

    private void print(Comparison comparison, PrintWriter out) {
        EngineMismatch.Summary m = comparison.mismatch();
        out.println(comparison.name() + verdict(comparison));
        out.println(String.format(
                Locale.ROOT,
                "  log-probabilities: %d tokens, |difference| at most %s, mean %s",
                m.tokens(),
                brief(comparison.maxDifference()),
                brief(comparison.meanDifference())));
        if (comparison.settledTokens() < m.tokens()) {
            out.println(String.format(
                    Locale.ROOT,
                    "    at most %s over the %d tokens with the same experts up to them",
                    brief(comparison.maxSettledDifference()),
                    comparison.settledTokens()));
        }
        out.println("  k1 %s  k3 %s  F(1.1) %s  F(1.5) %s"
                .formatted(
                        brief(m.k1()),
                        brief(m.k3()),
                        brief(m.tails().getOrDefault("1.1", Double.NaN)),
                        brief(m.tails().getOrDefault("1.5", Double.NaN))));
        if (!comparison.layers().isEmpty()) {
            out.println("  expert sets that differ: %d of %d".formatted(comparison.differing(), comparison.cells()));
            for (Comparison.Layer layer : comparison.layers()) {
                if (layer.differing() > 0) {
                    out.println("    layer %d: %d of %d (%s)%s"
                            .formatted(
                                    layer.layer(),
                                    layer.differing(),
                                    layer.cells(),
                                    brief(layer.differing() / (double) layer.cells()),
                                    starting(layer)));
                }
            }
        }
    }

    private String verdict(Comparison comparison) {
        return tolerance.isPresent() && !comparison.within(tolerance.getAsDouble()) ? ": ABOVE THE TOLERANCE" : "";
    }

    private static String starting(Comparison.Layer layer) {
        return layer.starting() == 0
                ? ""
                : ", %d not caused by an earlier one, at margins of at most %s"
                        .formatted(layer.starting(), brief(layer.largestMargin()));
    }

    private static String brief(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    ObjectNode json() {
        ObjectNode root = JSON.createObjectNode();
        root.put("ok", fine());
        tolerance.ifPresent(value -> root.put("tolerance", value));
        ArrayNode nodes = root.putArray("comparisons");
        for (Comparison comparison : comparisons) {
            json(comparison, nodes.addObject());
        }
        return root;
    }

    private void json(Comparison comparison, ObjectNode node) {
        EngineMismatch.Summary m = comparison.mismatch();
        node.put("name", comparison.name()).put("replayed", comparison.replayed());
        tolerance.ifPresent(value -> node.put("ok", comparison.within(value)));
        node.put("tokens", m.tokens())
                .put("maxAbsLogDiff", comparison.maxDifference())
                .put("meanAbsLogDiff", comparison.meanDifference())
                .put("settledTokens", comparison.settledTokens());
        number(node, "maxSettledAbsLogDiff", comparison.maxSettledDifference());
        node.put("k1", m.k1()).put("k3", m.k3());
        ObjectNode tails = node.putObject("tails");
        m.tails().forEach(tails::put);
        node.put("cells", comparison.cells()).put("differing", comparison.differing());
        ArrayNode layers = node.putArray("perLayer");
        for (Comparison.Layer layer : comparison.layers()) {
            ObjectNode one = layers.addObject()
                    .put("layer", layer.layer())
                    .put("cells", layer.cells())
                    .put("differing", layer.differing())
                    .put("starting", layer.starting());
            number(one, "largestMargin", layer.largestMargin());
        }
    }

    /// NaN is left out.
    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else if (!Double.isNaN(value)) {
            node.put(name, Double.toString(value));
        }
    }
}
