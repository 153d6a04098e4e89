package rl.ballast.crds.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Defaulting as the API server does it: a field that is absent gets its `default:`; a null where null is not allowed
/// counts as absent; then defaulting goes on inside. A whole number written as `1.0` becomes `1` where the schema says
/// integer.
final class SchemaDefaults {
    private final List<Problem> warnings = new ArrayList<>();

    private SchemaDefaults() {}

    /// Changes `value` in place.
    ///
    /// @return warnings about fields that were left empty
    static List<Problem> apply(JsonNode schema, JsonNode value, String path) {
        SchemaDefaults defaults = new SchemaDefaults();
        defaults.descend(schema, value, path);
        return defaults.warnings;
    }

    private void descend(JsonNode schema, JsonNode value, String path) {
        if (value instanceof ObjectNode object) {
            dropNulls(schema, object, path);
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                JsonNode preset = property.getValue().get("default");
                if (preset != null && !object.has(property.getKey())) {
                    object.set(property.getKey(), preset.deepCopy());
                }
            }
            for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
                JsonNode child = childSchema(schema, field.getKey());
                if (child != null) {
                    object.set(field.getKey(), whole(child, field.getValue()));
                    descend(child, object.get(field.getKey()), Paths.child(path, field.getKey()));
                }
            }
        } else if (value instanceof ArrayNode array && schema.has("items")) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, whole(schema.get("items"), array.get(i)));
                descend(schema.get("items"), array.get(i), Paths.item(path, i));
            }
        }
    }

    private void dropNulls(JsonNode schema, ObjectNode object, String path) {
        for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
            JsonNode child = childSchema(schema, field.getKey());
            if (child != null
                    && field.getValue().isNull()
                    && !child.path("nullable").asBoolean()) {
                object.remove(field.getKey());
                String instead = "object".equals(child.path("type").asText()) && !child.has("required")
                        ? "write '%s: {}' to set it with defaults, or remove it".formatted(field.getKey())
                        : "give it a value or remove it";
                warnings.add(Problem.warning(
                        Paths.child(path, field.getKey()), "is empty and counts as absent: " + instead));
            }
        }
    }

    static @Nullable JsonNode childSchema(JsonNode schema, String name) {
        JsonNode property = schema.path("properties").get(name);
        if (property != null) {
            return property;
        }
        JsonNode additional = schema.get("additionalProperties");
        return additional != null && additional.isObject() ? additional : null;
    }

    private static JsonNode whole(JsonNode schema, JsonNode value) {
        boolean integer = "integer".equals(schema.path("type").asText());
        if (integer
                && value.isDouble()
                && value.doubleValue() == Math.rint(value.doubleValue())
                && Math.abs(value.doubleValue()) < 0x1p53) {
            return LongNode.valueOf(value.longValue());
        }
        return value;
    }
}
