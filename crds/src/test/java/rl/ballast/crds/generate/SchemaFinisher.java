package rl.ballast.crds.generate;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Adds to a generated schema what the generator does not know: descriptions from the Javadoc, the range of Java's
/// number types, list types, and one copy of each rule (a rule on a record component arrives twice).
final class SchemaFinisher {
    /// Lists that are maps, by the key of their items; other lists of enums are sets, the rest is atomic.
    private static final Map<String, String> MAP_KEYS = Map.of("conditions", "type", "guards", "name");

    private final RecordDocs docs;

    SchemaFinisher(RecordDocs docs) {
        this.docs = docs;
    }

    void finish(ObjectNode schema, Class<?> type) throws IOException {
        removeRepeatedRules(schema);
        wholeNumbers(schema);
        for (RecordComponent component : type.getRecordComponents()) {
            String name = nameOf(component);
            ObjectNode property = (ObjectNode) schema.path("properties").get(name);
            docs.of(type, component.getName()).ifPresent(text -> property.put("description", text));
            finish(property, name, component.getGenericType());
        }
    }

    private void finish(ObjectNode property, String name, Type type) throws IOException {
        removeRepeatedRules(property);
        wholeNumbers(property);
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            finishList(property, name, (Class<?>) list.getActualTypeArguments()[0]);
        } else if (type == int.class || type == Integer.class) {
            property.put("format", "int32");
        } else if (type == long.class || type == Long.class) {
            property.put("format", "int64");
        } else if (type == double.class || type == Double.class) {
            property.put("format", "double");
        } else if (type instanceof Class<?> nested && nested.isRecord()) {
            finish(property, nested);
            fillDefault(property);
        }
    }

    /// Puts the defaults of the parts into the default of the whole: the API server checks a default against the rules
    /// as it stands, before it fills in anything.
    private static void fillDefault(ObjectNode property) {
        if (property.get("default") instanceof ObjectNode whole) {
            property.path("properties").properties().forEach(part -> {
                JsonNode value = part.getValue().get("default");
                if (value != null && !whole.has(part.getKey())) {
                    whole.set(part.getKey(), value.deepCopy());
                }
            });
        }
    }

    private void finishList(ObjectNode list, String name, Class<?> item) throws IOException {
        if (!list.has("maxItems")) {
            throw new IllegalStateException("list '%s' has no @Size(max = ...)".formatted(name));
        }
        ObjectNode items = (ObjectNode) list.get("items");
        String key = MAP_KEYS.get(name);
        if (key != null) {
            list.put("x-kubernetes-list-type", "map");
            list.putArray("x-kubernetes-list-map-keys").add(key);
        } else {
            list.put("x-kubernetes-list-type", item.isEnum() ? "set" : "atomic");
        }
        if (item == Condition.class) {
            items.putArray("required")
                    .add("type")
                    .add("status")
                    .add("lastTransitionTime")
                    .add("reason")
                    .add("message");
            finishCondition((ObjectNode) items.get("properties"));
        } else if (item.isRecord()) {
            finish(items, item);
        }
    }

    /// As in `metav1.Condition`.
    private static void finishCondition(ObjectNode fields) {
        ((ObjectNode) fields.get("lastTransitionTime")).put("format", "date-time");
        ((ObjectNode) fields.get("observedGeneration")).put("format", "int64");
        ((ObjectNode) fields.get("type")).put("maxLength", 316);
        ((ObjectNode) fields.get("reason")).put("maxLength", 1024);
        ((ObjectNode) fields.get("message")).put("maxLength", 32_768);
        ((ObjectNode) fields.get("status"))
                .putArray("enum")
                .add("True")
                .add("False")
                .add("Unknown");
    }

    private static String nameOf(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null ? component.getName() : property.value();
    }

    private static void removeRepeatedRules(ObjectNode schema) {
        if (schema.get("x-kubernetes-validations") instanceof ArrayNode rules) {
            Set<JsonNode> seen = new HashSet<>();
            rules.removeIf(rule -> !seen.add(rule));
        }
    }

    private static void wholeNumbers(ObjectNode schema) {
        for (String bound : List.of("minimum", "maximum")) {
            JsonNode value = schema.get(bound);
            if (value != null && value.doubleValue() == value.longValue()) {
                schema.put(bound, value.longValue());
            }
        }
    }
}
