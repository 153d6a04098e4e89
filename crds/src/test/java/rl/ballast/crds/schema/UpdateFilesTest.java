package rl.ballast.crds.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every `update-*.yaml` holds an object before and after a change, and states what is said of the change:
/// `# expect: PATH: part of the message`.
class UpdateFilesTest {
    private static final Path FOLDERS = Path.of("src/test/resources");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String EXPECT = "# expect: ";

    static Stream<Path> updates() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String kind : List.of("rlrun", "rolloutpool", "learnergroup")) {
            found.addAll(files(kind, "update-"));
        }
        return found.stream();
    }

    @ParameterizedTest
    @MethodSource("updates")
    void exactlyWhatIsExpectedIsSaidOfTheChange(Path file) throws IOException {
        List<String> expected = expectations(file);
        assertThat(expected.isEmpty()).isEqualTo(file.getFileName().toString().startsWith("update-valid-"));
        List<ObjectNode> states = YAML.readerFor(ObjectNode.class)
                .<ObjectNode>readValues(file.toFile())
                .readAll();
        assertThat(states).hasSize(2);
        ResourceSchema schema = ResourceSchema.of(states.getFirst().path("kind").asText());
        states.forEach(schema::applyDefaults);

        assertThat(schema.check(states.getFirst())).as("before the change").isEmpty();
        assertThat(schema.check(states.getLast())).as("as a new object").isEmpty();
        List<String> said = schema.check(states.getLast(), states.getFirst()).stream()
                .map(problem -> problem.path() + ": " + problem.message())
                .toList();

        assertThat(said).hasSameSizeAs(expected);
        expected.forEach(part -> assertThat(said).anyMatch(problem -> problem.contains(part)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RLRun", "RolloutPool", "LearnerGroup"})
    void everyTransitionRuleRefusesAChangeOfAFile(String kind) throws IOException {
        Set<String> untried = transitionRules(ResourceSchema.of(kind).json());
        assertThat(untried).isNotEmpty();

        for (Path file : files(kind.toLowerCase(java.util.Locale.ROOT), "update-invalid-")) {
            for (String expected : expectations(file)) {
                String message = expected.substring(expected.indexOf(": ") + 2);
                untried.removeIf(rule -> rule.startsWith(message));
            }
        }

        assertThat(untried).isEmpty();
    }

    private static Set<String> transitionRules(JsonNode schema) {
        Set<String> messages = new TreeSet<>();
        for (JsonNode rule : schema.path("x-kubernetes-validations")) {
            if (rule.path("rule").asText().contains("oldSelf")) {
                messages.add(rule.path("message").asText());
            }
        }
        for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
            messages.addAll(transitionRules(field.getValue()));
        }
        return messages;
    }

    private static List<Path> files(String kind, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(FOLDERS.resolve(kind))) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> expectations(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(EXPECT))
                .map(line -> line.substring(EXPECT.length()))
                .toList();
    }
}
