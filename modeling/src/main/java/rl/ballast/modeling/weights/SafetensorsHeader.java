package rl.ballast.modeling.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.modeling.config.InvalidModel;

/// The JSON header of one safetensors file, checked: known types, shapes that do not overflow, and ranges that
/// cover the data without gap or overlap.
///
/// @param entries in the order of their data
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
    /// As in the reference implementation: longer headers are refused before they are read.
    static final long LARGEST = 100_000_000;

    private static final int MOST_DIMENSIONS = 16;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /// @param begin first byte, counted from the end of the header
    record Entry(String name, TensorType type, long[] shape, long begin, long end) {}

    /// @param dataBytes bytes that follow the header
    static SafetensorsHeader parse(Path file, String json, long dataBytes) {
        JsonNode root = tree(file, json);
        List<Entry> entries = new ArrayList<>();
        Map<String, String> metadata = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals("__metadata__")) {
                readMetadata(file, field.getValue(), metadata);
            } else {
                entries.add(entry(file, field.getKey(), field.getValue()));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        checkCover(file, entries, dataBytes);
        return new SafetensorsHeader(List.copyOf(entries), Map.copyOf(metadata));
    }

    private static JsonNode tree(Path file, String json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!json.startsWith("{") || !root.isObject()) {
                throw new InvalidModel(
                        file, "header", "a JSON object", root.getNodeType().toString());
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new InvalidModel(file, "header", "JSON without duplicate names", e.getOriginalMessage(), e);
        }
    }

    private static void readMetadata(Path file, JsonNode node, Map<String, String> metadata) {
        if (!node.isObject()) {
            throw new InvalidModel(file, "__metadata__", "an object of strings", node.toString());
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!field.getValue().isTextual()) {
                throw new InvalidModel(
                        file,
                        "__metadata__." + field.getKey(),
                        "a string",
                        field.getValue().toString());
            }
            metadata.put(field.getKey(), field.getValue().textValue());
        }
    }

    private static Entry entry(Path file, String name, JsonNode node) {
        TensorType type = TensorType.named(node.path("dtype").asText())
                .orElseThrow(() -> new InvalidModel(
                        file,
                        name + ".dtype",
                        "a known type",
                        node.path("dtype").toString()));
        long[] shape = naturals(file, name + ".shape", node.path("shape"), MOST_DIMENSIONS);
        long[] offsets = naturals(file, name + ".data_offsets", node.path("data_offsets"), 2);
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw new InvalidModel(
                    file,
                    name + ".data_offsets",
                    "[begin, end]",
                    node.path("data_offsets").toString());
        }
        long bytes = type.bytes();
        try {
            for (long size : shape) {
                bytes = Math.multiplyExact(bytes, size);
            }
        } catch (ArithmeticException e) {
            throw new InvalidModel(
                    file,
                    name + ".shape",
                    "a size below 2^63 bytes",
                    node.path("shape").toString(),
                    e);
        }
        if (bytes != offsets[1] - offsets[0]) {
            throw new InvalidModel(
                    file,
                    name + ".data_offsets",
                    "%d bytes for %s %s".formatted(bytes, type, node.path("shape")),
                    (offsets[1] - offsets[0]) + " bytes");
        }
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] naturals(Path file, String field, JsonNode node, int most) {
        if (!node.isArray() || node.size() > most) {
            throw new InvalidModel(file, field, "an array of at most %d numbers".formatted(most), node.toString());
        }
        long[] values = new long[node.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode value = node.get(i);
            if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
                throw new InvalidModel(file, field, "whole numbers from 0", value.toString());
            }
            values[i] = value.longValue();
        }
        return values;
    }

    private static void checkCover(Path file, List<Entry> entries, long dataBytes) {
        long next = 0;
        for (Entry entry : entries) {
            if (entry.begin() != next) {
                throw new InvalidModel(
                        file, entry.name() + ".data_offsets", "begin at %d".formatted(next), "" + entry.begin());
            }
            next = entry.end();
        }
        if (next != dataBytes) {
            throw new InvalidModel(
                    file, "size", "%d bytes of data as the header says".formatted(next), dataBytes + " bytes");
        }
    }
}
