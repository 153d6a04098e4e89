package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Bad values are refused before anything is installed, and the message names the value.
class ValuesSchemaIT {
    private static final Path INVALID = Path.of("src/test/resources/invalid-values");

    static List<Path> invalidValues() {
        return Chart.list(INVALID, ".yaml");
    }

    /// The first line of each file is a comment with a part of the expected message.
    @ParameterizedTest
    @MethodSource("invalidValues")
    void badValuesAreRefused(Path values) throws IOException {
        String expected = Files.readAllLines(values).getFirst().substring("# ".length());

        Tool.Result result = Chart.template(List.of("-f", values.toString()));

        assertThat(result.exitCode()).as(result.all()).isNotZero();
        assertThat(result.errors()).contains(expected);
    }

    @Test
    void everyDefaultIsDeclaredAndEveryDeclaredValueHasADefault() {
        JsonNode schema = Chart.read(Chart.FOLDER.resolve("values.schema.json"));
        List<String> differences = new ArrayList<>();

        compare("", schema, Chart.read(Chart.FOLDER.resolve("values.yaml")), differences);

        assertThat(differences).isEmpty();
    }

    private static void compare(String path, JsonNode schema, JsonNode values, List<String> differences) {
        if (!schema.has("properties") || !values.isObject()) {
            return;
        }
        assertThat(schema.path("additionalProperties").asBoolean(true))
                .as("additionalProperties of '%s'", path)
                .isFalse();
        values.fieldNames().forEachRemaining(name -> {
            if (!schema.path("properties").has(name)) {
                differences.add("not in the schema: " + path + name);
            }
        });
        schema.path("properties").properties().forEach(property -> {
            String name = property.getKey();
            boolean optional = name.equals("global") || path.endsWith("affinity.");
            if (values.has(name)) {
                compare(path + name + ".", property.getValue(), values.get(name), differences);
            } else if (!optional) {
                differences.add("not in values.yaml: " + path + name);
            }
        });
    }
}
