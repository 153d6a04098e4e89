package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;

/// Overrides of fields from the command line: `path=value`.
final class Settings {
    private Settings() {}

    /// @throws InvalidSpec if a setting cannot be read or does not fit the document
    static void apply(List<String> settings, ObjectNode document) {
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw refuse(setting, "expected path=value, for example spec.steps=20");
            }
            String path = setting.substring(0, equals).strip();
            List<YamlDocument> value = YamlReader.read("--set " + path, setting.substring(equals + 1));
            if (value.size() > 1) {
                throw refuse(setting, "expected one value after '='");
            }
            String full = path.startsWith("spec.") || path.startsWith("metadata.") ? path : "spec." + path;
            JsonNode json = value.isEmpty()
                    ? JsonNodeFactory.instance.nullNode()
                    : value.getFirst().json();
            set(document, full.split("\\.", -1), json, setting);
        }
    }

    private static void set(ObjectNode document, String[] names, JsonNode value, String setting) {
        JsonNode parent = document;
        for (int i = 0; i < names.length - 1; i++) {
            JsonNode child = step(parent, names[i], setting);
            if (child == null || child.isNull()) {
                if (!(parent instanceof ObjectNode object)) {
                    throw refuse(setting, "the list has no entry '%s'".formatted(names[i]));
                }
                child = object.putObject(names[i]);
            }
            parent = child;
        }
        String last = names[names.length - 1];
        if (parent instanceof ObjectNode object && !last.isEmpty()) {
            if (value.isNull()) {
                object.remove(last);
            } else {
                object.set(last, value);
            }
        } else if (parent instanceof ArrayNode array && step(array, last, setting) != null) {
            array.set(Integer.parseInt(last), value);
        } else {
            throw refuse(setting, "'%s' cannot be set: its parent is a plain value".formatted(last));
        }
    }

    private static @Nullable JsonNode step(JsonNode parent, String name, String setting) {
        if (parent.isArray()) {
            if (!name.matches("[0-9]{1,6}")) {
                throw refuse(setting, "expected the index of a list entry, found '%s'".formatted(name));
            }
            return parent.get(Integer.parseInt(name));
        }
        if (!parent.isObject()) {
            throw refuse(setting, "'%s' cannot be set: its parent is a plain value".formatted(name));
        }
        return parent.get(name);
    }

    private static InvalidSpec refuse(String setting, String message) {
        return new InvalidSpec(List.of(Problem.error("--set " + setting, message)));
    }
}
