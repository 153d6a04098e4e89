package rl.ballast.crds.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// The structural part of a schema: types, required and unknown fields, bounds, lists. Unlike the API server, which
/// drops unknown fields, this refuses them, since a person who misspells a field wants to know.
final class StructuralRules {
    /// Every keyword that the rules know; a schema with another one is refused when it is loaded.
    static final Set<String> KEYWORDS = Set.of(
            "type",
            "properties",
            "required",
            "enum",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "pattern",
            "minLength",
            "maxLength",
            "items",
            "minItems",
            "maxItems",
            "additionalProperties",
            "nullable",
            "default",
            "description",
            "format",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-validations");

    private final List<Problem> problems = new ArrayList<>();

    private StructuralRules() {}

    static List<Problem> check(JsonNode schema, JsonNode value, String path) {
        StructuralRules rules = new StructuralRules();
        rules.visit(schema, value, path);
        return rules.problems;
    }

    private void visit(JsonNode schema, JsonNode value, String path) {
        String type = schema.path("type").asText();
        if (value.isNull() && schema.path("nullable").asBoolean()) {
            return;
        }
        if (!hasType(value, type)) {
            problems.add(Problem.error(path, "expected %s, found %s".formatted(typeName(type, schema), found(value))));
            return;
        }
        switch (type) {
            case "object" -> object(schema, value, path);
            case "array" -> array(schema, value, path);
            case "integer", "number" -> number(schema, value, path);
            case "string" -> string(schema, value, path);
            default -> {}
        }
    }

    private static boolean hasType(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber() && Double.isFinite(value.doubleValue());
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            default -> true;
        };
    }

    private static String typeName(String type, JsonNode schema) {
        return switch (type) {
            case "object" ->
                "an object"
                        + (schema.has("properties")
                                ? " with fields such as '%s'"
                                        .formatted(schema.get("properties")
                                                .fieldNames()
                                                .next())
                                : "");
            case "array" -> "a list";
            case "integer" -> "a whole number";
            case "number" -> "a finite number";
            case "string" -> schema.has("enum") ? "one of " + enumValues(schema) : "a text";
            case "boolean" -> "true or false";
            default -> type;
        };
    }

    private static String found(JsonNode value) {
        String text = value.toString();
        String shown = text.length() > 60 ? text.substring(0, 57) + "..." : text;
        return switch (value.getNodeType()) {
            case OBJECT -> "the object " + shown;
            case ARRAY -> "the list " + shown;
            case STRING -> "the text " + shown;
            case NULL -> "nothing";
            default -> shown;
        };
    }

    private void object(JsonNode schema, JsonNode value, String path) {
        JsonNode properties = schema.path("properties");
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asText())) {
                String described =
                        properties.path(name.asText()).path("description").asText();
                problems.add(Problem.error(
                        Paths.child(path, name.asText()),
                        "is required, found nothing" + (described.isEmpty() ? "" : ": " + described)));
            }
        }
        boolean free = schema.path("x-kubernetes-preserve-unknown-fields").asBoolean();
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            JsonNode child = SchemaDefaults.childSchema(schema, field.getKey());
            if (child != null) {
                visit(child, field.getValue(), Paths.child(path, field.getKey()));
            } else if (!free) {
                Set<String> known = new TreeSet<>();
                properties.fieldNames().forEachRemaining(known::add);
                problems.add(Problem.error(
                        Paths.child(path, field.getKey()),
                        "unknown field%s (known here: %s)"
                                .formatted(
                                        Spelling.suggestion(field.getKey(), known),
                                        known.isEmpty() ? "none" : String.join(", ", known))));
            }
        }
    }

    private void array(JsonNode schema, JsonNode value, String path) {
        bound(schema, "minItems", value.size(), path, "at least", "entries");
        bound(schema, "maxItems", value.size(), path, "at most", "entries");
        for (int i = 0; i < value.size(); i++) {
            visit(schema.path("items"), value.get(i), Paths.item(path, i));
        }
        String kind = schema.path("x-kubernetes-list-type").asText();
        if (kind.equals("set") || kind.equals("map")) {
            Set<List<JsonNode>> seen = new HashSet<>();
            for (int i = 0; i < value.size(); i++) {
                JsonNode item = value.get(i);
                List<JsonNode> key = kind.equals("set")
                        ? List.of(item)
                        : StreamSupport.stream(
                                        schema.path("x-kubernetes-list-map-keys")
                                                .spliterator(),
                                        false)
                                .map(name -> item.path(name.asText()))
                                .toList();
                if (!seen.add(key)) {
                    problems.add(Problem.error(
                            Paths.item(path, i),
                            "repeats %s: every entry needs its own"
                                    .formatted(
                                            key.stream().map(JsonNode::toString).collect(Collectors.joining(", ")))));
                }
            }
        }
    }

    private void number(JsonNode schema, JsonNode value, String path) {
        String format = schema.path("format").asText();
        if ((format.equals("int32") && !value.canConvertToInt())
                || (format.equals("int64") && !value.canConvertToLong())) {
            problems.add(Problem.error(
                    path, "expected a number that fits in %s bits, found %s".formatted(format.substring(3), value)));
            return;
        }
        double number = value.doubleValue();
        limit(schema, "minimum", "exclusiveMinimum", number, path, value);
        limit(schema, "maximum", "exclusiveMaximum", number, path, value);
    }

    private void limit(JsonNode schema, String keyword, String exclusive, double number, String path, JsonNode value) {
        JsonNode limit = schema.get(keyword);
        if (limit == null) {
            return;
        }
        boolean strict = schema.path(exclusive).asBoolean();
        boolean low = keyword.equals("minimum");
        double bound = limit.doubleValue();
        boolean fine = low ? (strict ? number > bound : number >= bound) : (strict ? number < bound : number <= bound);
        if (!fine) {
            String words = low ? (strict ? "above" : "at least") : (strict ? "below" : "at most");
            problems.add(Problem.error(path, "expected %s %s, found %s".formatted(words, limit.asText(), value)));
        }
    }

    private void string(JsonNode schema, JsonNode value, String path) {
        String text = value.asText();
        int length = text.codePointCount(0, text.length());
        bound(schema, "minLength", length, path, "at least", "characters");
        bound(schema, "maxLength", length, path, "at most", "characters");
        if (schema.has("enum")) {
            Set<String> values = enumValues(schema);
            if (!values.contains(text)) {
                problems.add(Problem.error(
                        path,
                        "expected one of %s, found %s%s"
                                .formatted(values, found(value), Spelling.suggestion(text, values))));
            }
        }
        JsonNode pattern = schema.get("pattern");
        if (pattern != null && !Pattern.compile(pattern.asText()).matcher(text).find()) {
            problems.add(
                    Problem.error(path, "expected a text like %s, found %s".formatted(pattern.asText(), found(value))));
        }
    }

    private void bound(JsonNode schema, String keyword, int size, String path, String words, String unit) {
        JsonNode bound = schema.get(keyword);
        if (bound != null && (keyword.startsWith("min") ? size < bound.asInt() : size > bound.asInt())) {
            problems.add(
                    Problem.error(path, "expected %s %d %s, found %d".formatted(words, bound.asInt(), unit, size)));
        }
    }

    private static Set<String> enumValues(JsonNode schema) {
        Set<String> values = new TreeSet<>();
        schema.path("enum").forEach(value -> values.add(value.asText()));
        return values;
    }
}
