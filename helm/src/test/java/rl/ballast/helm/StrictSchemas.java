package rl.ballast.helm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/// JSON schemas of our custom resources, made from the definitions as the API server would read them: a field that is
/// not declared is refused.
final class StrictSchemas {
    private static final Path DEFINITIONS = Path.of("../crds/src/main/resources/crds");

    private StrictSchemas() {}

    /// Writes one file for each kind and version, named as kubeconform looks them up.
    static void write(Path folder) throws IOException {
        for (Path file : Chart.list(DEFINITIONS, ".yaml")) {
            JsonNode spec = Chart.read(file).path("spec");
            String group = spec.path("group").asText().split("\\.", -1)[0];
            for (JsonNode version : spec.path("versions")) {
                String name = "%s-%s-%s.json"
                        .formatted(
                                spec.at("/names/kind").asText().toLowerCase(Locale.ROOT),
                                group,
                                version.path("name").asText());
                ObjectNode schema = strict(version.at("/schema/openAPIV3Schema"));
                ObjectNode properties = (ObjectNode) schema.path("properties");
                for (String field : new String[] {"apiVersion", "kind"}) {
                    properties.putObject(field).put("type", "string");
                }
                properties.putObject("metadata").put("type", "object");
                Files.writeString(folder.resolve(name), schema.toString());
            }
        }
    }

    private static ObjectNode strict(JsonNode schema) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> entry : schema.properties()) {
            String key = entry.getKey();
            if (key.equals("properties")) {
                ObjectNode properties = result.putObject(key);
                entry.getValue()
                        .properties()
                        .forEach(field -> properties.set(field.getKey(), strict(field.getValue())));
            } else if (key.equals("items")
                    || (key.equals("additionalProperties") && entry.getValue().isObject())) {
                result.set(key, strict(entry.getValue()));
            } else if (!key.startsWith("x-kubernetes") && !key.equals("description") && !key.equals("format")) {
                result.set(key, entry.getValue());
            }
        }
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            result.removeAll();
            result.putArray("type").add("string").add("integer");
        }
        boolean open = schema.path("x-kubernetes-preserve-unknown-fields").asBoolean();
        if (schema.has("properties") && !schema.has("additionalProperties") && !open) {
            result.put("additionalProperties", false);
        }
        return result;
    }
}
