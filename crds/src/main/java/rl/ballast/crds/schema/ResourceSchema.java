package rl.ballast.crds.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A part of the committed CRD schema: the one place of defaults and rules. Thread-safe.
///
/// ```
/// Recipe recipe = ResourceSchema.recipe().bind(partialJson, Recipe.class);
/// ```
public final class ResourceSchema {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();
    private static final Map<String, ResourceSchema> KINDS = new ConcurrentHashMap<>();

    private final JsonNode schema;
    private final String path;

    private ResourceSchema(JsonNode schema, String path) {
        this.schema = schema;
        this.path = path;
    }

    /// The schema of `RLRun`, `RolloutPool` or `LearnerGroup`, from the root of the object.
    public static ResourceSchema of(String kind) {
        return KINDS.computeIfAbsent(kind, ResourceSchema::load);
    }

    /// The schema of `RLRun`'s `spec.recipe`; paths of its problems start with `recipe`.
    public static ResourceSchema recipe() {
        ResourceSchema run = of("RLRun");
        return new ResourceSchema(run.at("spec", "recipe").schema, "recipe");
    }

    /// The schema of a field.
    public ResourceSchema at(String... names) {
        JsonNode node = schema;
        String where = path;
        for (String name : names) {
            node = node.path("properties").path(name);
            where = Paths.child(where, name);
        }
        if (node.isMissingNode()) {
            throw new IllegalArgumentException("the schema has no field " + where);
        }
        return new ResourceSchema(node, where);
    }

    /// The structural schema as JSON.
    public JsonNode json() {
        return schema.deepCopy();
    }

    /// Fills every default into `value` itself, as the API server does on admission.
    ///
    /// @return warnings about fields that were left empty
    public List<Problem> applyDefaults(ObjectNode value) {
        return SchemaDefaults.apply(schema, value, path);
    }

    /// Structural rules and CEL over a value whose defaults are filled in; empty if all is well.
    public List<Problem> check(JsonNode defaulted) {
        return check(defaulted, null);
    }

    /// The same for an update, transition rules included.
    ///
    /// @param old the defaulted value before the update
    public List<Problem> check(JsonNode defaulted, @Nullable JsonNode old) {
        List<Problem> problems = new ArrayList<>(StructuralRules.check(schema, defaulted, path));
        problems.addAll(CelRules.check(schema, defaulted, old, path, List.copyOf(problems)));
        return problems;
    }

    /// Defaults, checks and binds a partial object. The argument stays as it is.
    ///
    /// @throws InvalidSpec if the value breaks the schema
    public <T> T bind(ObjectNode partial, Class<T> type) {
        ObjectNode value = partial.deepCopy();
        List<Problem> problems = new ArrayList<>(applyDefaults(value));
        problems.addAll(check(value));
        if (problems.stream().anyMatch(Problem::isError)) {
            throw new InvalidSpec(problems);
        }
        return bindChecked(value, type);
    }

    /// Binds a value that was defaulted and checked.
    ///
    /// @throws InvalidSpec if a record's constructor refuses it
    public <T> T bindChecked(JsonNode checked, Class<T> type) {
        try {
            return STRICT.treeToValue(checked, type);
        } catch (JsonProcessingException e) {
            String where = path;
            if (e instanceof JsonMappingException mapping) {
                for (JsonMappingException.Reference reference : mapping.getPath()) {
                    where = reference.getFieldName() == null
                            ? Paths.item(where, reference.getIndex())
                            : Paths.child(where, reference.getFieldName());
                }
            }
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String message =
                    cause instanceof JsonProcessingException json ? json.getOriginalMessage() : cause.getMessage();
            throw new InvalidSpec(List.of(Problem.error(where, String.valueOf(message))));
        }
    }

    private static ResourceSchema load(String kind) {
        String resource = "/crds/%ss.ballast.rl.yaml".formatted(kind.toLowerCase(Locale.ROOT));
        try (InputStream stream = ResourceSchema.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalArgumentException("no schema for kind " + kind);
            }
            JsonNode schema = YAML.readTree(stream).at("/spec/versions/0/schema/openAPIV3Schema");
            refuseUnknownKeywords(schema, kind);
            ObjectNode properties = (ObjectNode) schema.path("properties");
            properties.putObject("apiVersion").put("type", "string");
            properties.putObject("kind").put("type", "string");
            properties.putObject("metadata").put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
            return new ResourceSchema(schema, "");
        } catch (IOException e) {
            throw new UncheckedIOException("schema " + resource, e);
        }
    }

    private static void refuseUnknownKeywords(JsonNode schema, String where) {
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            if (!StructuralRules.KEYWORDS.contains(keyword.getKey())) {
                throw new IllegalStateException("schema of %s uses '%s', which offline validation does not know"
                        .formatted(where, keyword.getKey()));
            }
        }
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            refuseUnknownKeywords(property.getValue(), where + "." + property.getKey());
        }
        if (schema.has("items")) {
            refuseUnknownKeywords(schema.get("items"), where + "[]");
        }
    }
}
