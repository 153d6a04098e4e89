package rl.ballast.cli.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import rl.ballast.protocol.store.StoreLayout;

/// What a run's folder tells of the run. Of a step that was trained again after a restart the last line counts; a torn
/// last line (a crash while writing) is left out.
public record RunHistory(JsonNode identity, List<JsonNode> steps, List<JsonNode> coldStart, List<JsonNode> events) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public RunHistory {
        steps = List.copyOf(steps);
        coldStart = List.copyOf(coldStart);
        events = List.copyOf(events);
    }

    /// @throws IOException if the folder cannot be read or is no run's folder
    public static RunHistory read(Path folder) throws IOException {
        StoreLayout layout = new StoreLayout(folder);
        if (!Files.isRegularFile(layout.identity())) {
            throw new IOException("%s: no run.json in it, so it is not a run's folder".formatted(folder));
        }
        TreeMap<Integer, JsonNode> steps = new TreeMap<>();
        for (JsonNode line : lines(layout.metrics())) {
            steps.put(line.path("step").asInt(), line);
        }
        JsonNode identity = JSON.readTree(Files.readString(layout.identity(), StandardCharsets.UTF_8));
        return new RunHistory(
                identity == null ? MissingNode.getInstance() : identity,
                List.copyOf(steps.values()),
                lines(layout.coldStartMetrics()),
                lines(layout.events()));
    }

    /// The last step that has something at that JSON pointer; a node without it if none has.
    JsonNode lastWith(String pointer) {
        return steps.reversed().stream()
                .filter(step -> !step.at(pointer).isMissingNode())
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /// The finite numbers at that JSON pointer, by step.
    double[] values(String pointer) {
        return steps.stream()
                .map(step -> step.at(pointer))
                .filter(JsonNode::isNumber)
                .mapToDouble(JsonNode::asDouble)
                .filter(Double::isFinite)
                .toArray();
    }

    /// The curve of one value, for example `engineMismatch/k3`; steps without it are left out.
    Series series(String name, String path, Series.Mark mark) {
        return series(name, steps, "step", path, mark);
    }

    static Series series(String name, List<JsonNode> lines, String x, String path, Series.Mark mark) {
        List<Series.Point> points = new ArrayList<>();
        for (JsonNode line : lines) {
            JsonNode value = line.at("/" + path);
            if (value.isNumber() && Double.isFinite(value.asDouble())) {
                points.add(new Series.Point(line.path(x).asDouble(), value.asDouble()));
            }
        }
        return new Series(name, points, mark);
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<JsonNode> nodes = new ArrayList<>();
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        for (int i = 0; i < lines.size(); i++) {
            try {
                nodes.add(JSON.readTree(lines.get(i)));
            } catch (JsonProcessingException e) {
                if (i < lines.size() - 1) {
                    throw new IOException(
                            "%s line %d: expected a JSON object, found %.60s".formatted(file, i + 1, lines.get(i)), e);
                }
            }
        }
        return nodes;
    }
}
