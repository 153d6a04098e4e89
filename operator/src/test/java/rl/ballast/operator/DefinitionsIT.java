package rl.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.operator.cluster.ControlPlane;

/// The files of `crds` that say what is valid, sent to a real API server as they are: it says the same as the
/// offline check.
class DefinitionsIT {
    private static final Path FOLDERS = Path.of("../crds/src/test/resources");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path DEFINITIONS = Path.of("../crds/src/main/resources/crds");
    private static final String EXPECT = "# expect: ";
    private static final Pattern EXPECTATION = Pattern.compile("((?<field>[a-zA-Z0-9.\\[\\]]+): )?(?<words>.*)");
    private static final Pattern KIND =
            Pattern.compile("^kind: *(RLRun|RolloutPool|LearnerGroup) *$", Pattern.MULTILINE);

    /// What no API server can see: it is about another kind of object, or about the file as such.
    private static final Set<String> BEYOND = Set.of(
            "rlrun/invalid-config-map-data.yaml",
            "rlrun/invalid-empty.yaml",
            "rlrun/invalid-no-run.yaml",
            "rlrun/invalid-two-runs.yaml");

    private static final ControlPlane CLUSTER = ControlPlane.shared();
    private static final String NAMESPACE = CLUSTER.namespace();

    static Stream<Path> valid() throws IOException {
        return files("valid-");
    }

    static Stream<Path> invalid() throws IOException {
        return files("invalid-");
    }

    static Stream<Path> updates() throws IOException {
        return files("update-");
    }

    @ParameterizedTest
    @MethodSource
    void valid(Path file) throws Exception {
        List<HttpResponse<String>> answers = send(file);

        assertThat(answers)
                .isNotEmpty()
                .allSatisfy(
                        answer -> assertThat(answer.code()).as(answer.body()).isEqualTo(201));
    }

    @ParameterizedTest
    @MethodSource
    void invalid(Path file) throws Exception {
        List<HttpResponse<String>> answers = send(file);

        Optional<HttpResponse<String>> refused = answers.stream()
                .filter(answer -> answer.code() >= 400 && answer.code() < 500)
                .findFirst();
        assertThat(refused.isPresent())
                .isEqualTo(!BEYOND.contains(FOLDERS.relativize(file).toString()));
        if (refused.isPresent()) {
            String said = YAML.readTree(refused.get().body()).path("message").asText();
            List<String> words = wordsOfRules();
            for (String expected : expectations(file)) {
                assertSaid(said, expected, words);
            }
        }
    }

    /// The server has words of its own for all but our rules; what it finds in a file as such has no field.
    private static void assertSaid(String said, String expected, List<String> rules) {
        Matcher parts = EXPECTATION.matcher(expected);
        assertThat(parts.matches()).as(expected).isTrue();
        if (rules.stream().anyMatch(rule -> rule.contains(parts.group("words")))) {
            assertThat(said).contains(parts.group("words"));
        }
        boolean dropped = expected.contains("counts as absent"); // without a word
        if (parts.group("field") != null && said.contains(" is invalid: ") && !dropped) {
            assertThat(said).contains(parts.group("field"));
        }
    }

    /// Messages of the rules in the definitions.
    private static List<String> wordsOfRules() throws IOException {
        List<String> words = new ArrayList<>();
        try (Stream<Path> files = Files.list(DEFINITIONS)) {
            for (Path file : files.toList()) {
                YAML.readTree(file.toFile())
                        .findValues("x-kubernetes-validations")
                        .forEach(rules -> words.addAll(rules.findValuesAsText("message")));
            }
        }
        return words;
    }

    /// The first document is created, the second one is what it is changed to.
    @ParameterizedTest
    @MethodSource
    void updates(Path file) throws Exception {
        List<ObjectNode> states = YAML.readerFor(ObjectNode.class)
                .<ObjectNode>readValues(file.toFile())
                .readAll();
        String collection = collection(states.getFirst().path("kind").asText());
        HttpResponse<String> created = send("POST", collection, YAML.writeValueAsString(states.getFirst()));
        assertThat(created.code()).as(created.body()).isEqualTo(201);
        ObjectNode after = states.getLast();
        JsonNode metadata = YAML.readTree(created.body()).path("metadata");
        ((ObjectNode) after.get("metadata"))
                .put("resourceVersion", metadata.path("resourceVersion").asText());

        String object = collection + "/" + metadata.path("name").asText();
        HttpResponse<String> answer = send("PUT", object, YAML.writeValueAsString(after));

        boolean fine = file.getFileName().toString().startsWith("update-valid-");
        assertThat(answer.code()).as(answer.body()).isEqualTo(fine ? 200 : 422);
        List<String> causes = new ArrayList<>();
        YAML.readTree(answer.body())
                .at("/details/causes")
                .forEach(cause -> causes.add(cause.path("field").asText() + ": "
                        + cause.path("message").asText()));
        List<String> expected = expectations(file);
        assertThat(causes).hasSameSizeAs(expected);
        for (String expectation : expected) {
            String[] parts = expectation.split(": ", 2);
            assertThat(causes).anyMatch(cause -> cause.startsWith(parts[0] + ": ") && cause.contains(parts[1]));
        }
    }

    /// A server that is not strict drops unknown fields; a reference to another namespace is refused all the same.
    @Test
    void aPoolOfAnotherNamespaceIsRefusedWhereUnknownFieldsAreDropped() throws Exception {
        String run = Files.readString(FOLDERS.resolve("rlrun/invalid-pool-in-other-namespace.yaml"));

        HttpResponse<String> answer = send("POST", collection("RLRun"), run, "Ignore");

        assertThat(answer.code()).isEqualTo(422);
        assertThat(answer.body()).contains("put the pool into the namespace of the run");
    }

    /// Creates the objects of a file without keeping them, unknown and doubled fields forbidden.
    private static List<HttpResponse<String>> send(Path file) throws Exception {
        List<HttpResponse<String>> answers = new ArrayList<>();
        for (String document : Files.readString(file).split("(?m)^---$", -1)) {
            Matcher kind = KIND.matcher(document);
            if (kind.find()) {
                answers.add(send("POST", collection(kind.group(1)) + "?dryRun=All", document));
            }
        }
        return answers;
    }

    private static HttpResponse<String> send(String method, String path, String document) throws Exception {
        return send(method, path, document, "Strict");
    }

    private static HttpResponse<String> send(String method, String path, String document, String unknownFields)
            throws Exception {
        KubernetesClient client = CLUSTER.admin();
        String url =
                client.getMasterUrl() + path + (path.contains("?") ? "&" : "?") + "fieldValidation=" + unknownFields;
        return client.getHttpClient()
                .sendAsync(
                        client.getHttpClient()
                                .newHttpRequestBuilder()
                                .uri(url)
                                .method(method, "application/yaml", document)
                                .build(),
                        String.class)
                .get();
    }

    private static String collection(String kind) {
        return "apis/ballast.rl/v1alpha1/namespaces/%s/%ss".formatted(NAMESPACE, kind.toLowerCase(Locale.ROOT));
    }

    private static List<String> expectations(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(EXPECT))
                .map(line -> line.substring(EXPECT.length()))
                .toList();
    }

    private static Stream<Path> files(String prefix) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String kind : List.of("rlrun", "rolloutpool", "learnergroup")) {
            try (Stream<Path> files = Files.list(FOLDERS.resolve(kind))) {
                files.filter(file -> file.getFileName().toString().startsWith(prefix))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return found.stream();
    }
}
