package rl.ballast.operator.pods;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lays a person's pod template over the operator's pod: what the person says wins, lists whose elements have a key are
/// merged element by element, other lists are replaced. A field left empty says nothing.
final class TemplateMerge {
    private static final Map<String, String> KEYS = Map.of(
            "containers", "name",
            "initContainers", "name",
            "volumes", "name",
            "env", "name",
            "resourceClaims", "name",
            "ports", "containerPort",
            "volumeMounts", "mountPath",
            "imagePullSecrets", "name");

    private TemplateMerge() {}

    /// @param base changed in place
    static ObjectNode merge(ObjectNode base, ObjectNode over) {
        over.properties().stream().filter(field -> !field.getValue().isNull()).forEach(field -> {
            JsonNode mine = base.get(field.getKey());
            base.set(field.getKey(), merge(field.getKey(), mine, field.getValue()));
        });
        return base;
    }

    private static JsonNode merge(String name, @Nullable JsonNode mine, JsonNode theirs) {
        if (mine instanceof ObjectNode object && theirs instanceof ObjectNode over) {
            return merge(object, over);
        }
        String key = KEYS.get(name);
        if (key != null && mine instanceof ArrayNode list && theirs instanceof ArrayNode over) {
            return byKey(key, list, over);
        }
        return theirs.deepCopy();
    }

    private static ArrayNode byKey(String key, ArrayNode base, ArrayNode over) {
        Map<String, JsonNode> elements = new LinkedHashMap<>();
        base.forEach(element -> elements.put(element.path(key).asText(), element));
        over.forEach(element -> elements.merge(
                element.path(key).asText(),
                element.deepCopy(),
                (mine, theirs) -> mine instanceof ObjectNode object && theirs instanceof ObjectNode other
                        ? merge(object, other)
                        : theirs));
        ArrayNode merged = base.arrayNode();
        elements.values().forEach(merged::add);
        return merged;
    }
}
