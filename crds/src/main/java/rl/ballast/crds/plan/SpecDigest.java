package rl.ballast.crds.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.crds.RLRunSpec;

/// SHA-256 of what makes a run this run: the fields that the CEL rules hold immutable, as canonical JSON (UTF-8, no
/// spaces, keys sorted, absent fields left out, numbers as Jackson prints `long` and `double`). Steps, suspension,
/// replicas, templates, threads, storage and checkpoints may change during a run and are left out.
public final class SpecDigest {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private SpecDigest() {}

    /// Hex digest of a defaulted spec.
    public static String of(RLRunSpec spec) {
        try {
            byte[] json = canonical(spec).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String canonical(RLRunSpec spec) {
        Map<String, Object> fields = new TreeMap<>();
        fields.put("model", spec.model());
        fields.put("data", spec.data());
        fields.put("coldStart", spec.coldStart());
        fields.put("reward", spec.reward());
        fields.put("recipe", spec.recipe());
        fields.put("staleness", spec.staleness());
        fields.put("seed", spec.seed());
        fields.put("precision", spec.rollouts().precision());
        Map<String, JsonNode> identity = new TreeMap<>();
        fields.forEach((name, value) -> {
            if (value != null) {
                identity.put(name, sorted(MAPPER.valueToTree(value)));
            }
        });
        try {
            return MAPPER.writeValueAsString(identity);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes can always be written", e);
        }
    }

    private static JsonNode sorted(JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        ObjectNode result = MAPPER.createObjectNode();
        Map<String, JsonNode> fields = new TreeMap<>();
        object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        fields.forEach((name, value) -> result.set(name, sorted(value)));
        return result;
    }
}
