package rl.ballast.modeling.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Typed access to the fields of one JSON file, with errors that name file, field, expected and found. JSON
/// `null` counts as absent.
public final class JsonFields {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final long LARGEST_FILE = 64L << 20;

    private final Path file;
    private final JsonNode root;

    private JsonFields(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /// @throws InvalidModel if the file is missing, larger than 64 MiB, or not one JSON object
    public static JsonFields read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new InvalidModel(file, "size", "at most 64 MiB of JSON", Files.size(file) + " bytes");
            }
            return parse(file, Files.readString(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            throw new InvalidModel(file, "file", "a JSON file", "nothing", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    static JsonFields parse(Path file, String text) {
        try {
            JsonNode root = JSON.readTree(text);
            if (!root.isObject()) {
                throw new InvalidModel(
                        file, "content", "a JSON object", root.getNodeType().toString());
            }
            return new JsonFields(file, root);
        } catch (JsonProcessingException e) {
            throw new InvalidModel(file, "content", "JSON", e.getOriginalMessage(), e);
        }
    }

    public JsonNode root() {
        return root;
    }

    public Path file() {
        return file;
    }

    public boolean has(String field) {
        return root.hasNonNull(field);
    }

    public int integer(String field) {
        JsonNode node = root.path(field);
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw wrong(field, "an integer");
        }
        return node.intValue();
    }

    public int integer(String field, int absent) {
        return has(field) ? integer(field) : absent;
    }

    public double number(String field, double absent) {
        if (has(field) && !root.path(field).isNumber()) {
            throw wrong(field, "a number");
        }
        return has(field) ? root.path(field).doubleValue() : absent;
    }

    public boolean flag(String field, boolean absent) {
        if (has(field) && !root.path(field).isBoolean()) {
            throw wrong(field, "true or false");
        }
        return has(field) ? root.path(field).booleanValue() : absent;
    }

    /// One integer or an array of integers.
    public int[] integers(String field) {
        JsonNode node = root.path(field);
        if (node.isIntegralNumber() && node.canConvertToInt()) {
            return new int[] {node.intValue()};
        }
        int[] values = new int[node.size()];
        for (int i = 0; i < values.length; i++) {
            if (!node.isArray()
                    || !node.get(i).isIntegralNumber()
                    || !node.get(i).canConvertToInt()) {
                throw wrong(field, "integers");
            }
            values[i] = node.get(i).intValue();
        }
        if (!node.isArray()) {
            throw wrong(field, "an integer or an array of integers");
        }
        return values;
    }

    public InvalidModel wrong(String field, String expected) {
        return new InvalidModel(
                file, field, expected, has(field) ? root.get(field).toString() : "nothing");
    }
}
