package rl.ballast.crds.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;

/// The committed CRD YAML is what the records say. After a change of a record run this test with
/// `-Dballast.crds.write=true` and commit the files.
class CommittedCrdTest {
    private static final Path COMMITTED = Path.of("src/main/resources/crds");
    private static final Path CHART = Path.of("../helm/ballast/templates/crds");
    private static final CrdYaml GENERATOR =
            new CrdYaml(List.of(Path.of("src/main/java"), Path.of("../protocol/src/main/java")));

    @TempDir
    private static Path scratch;

    private static Map<String, String> generated;

    /// What the records say, by file name; written first if that is wanted, whatever test comes first.
    @BeforeAll
    static void generate() throws IOException {
        generated = GENERATOR.generate(List.of(RLRun.class, RolloutPool.class, LearnerGroup.class), scratch);
        if (Boolean.getBoolean("ballast.crds.write")) {
            for (Map.Entry<String, String> file : generated.entrySet()) {
                Files.writeString(COMMITTED.resolve(file.getKey()), file.getValue());
                Files.writeString(CHART.resolve(file.getKey()), chartTemplate(file.getValue()));
            }
        }
    }

    @Test
    void committedYamlIsWhatTheRecordsSay() throws IOException {
        assertThat(generated.keySet()).isEqualTo(files(COMMITTED));
        for (Map.Entry<String, String> file : generated.entrySet()) {
            assertCommitted(COMMITTED.resolve(file.getKey()), file.getValue());
        }
    }

    /// The chart's templates are these definitions behind a switch, so that `helm upgrade` upgrades them.
    @Test
    void chartTemplatesAreTheSameDefinitions() throws IOException {
        assertThat(generated.keySet()).isEqualTo(files(CHART));
        for (Map.Entry<String, String> file : generated.entrySet()) {
            assertCommitted(CHART.resolve(file.getKey()), chartTemplate(file.getValue()));
        }
    }

    private static Set<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static void assertCommitted(Path file, String expected) throws IOException {
        assertThat(Files.exists(file) ? Files.readString(file) : "")
                .as("%s: run this test with -Dballast.crds.write=true and commit the result", file)
                .isEqualTo(expected);
    }

    private static String chartTemplate(String definition) {
        String body = definition.substring(definition.indexOf('\n') + 1).replace("{{", "{{ \"{{\" }}");
        int labels = body.indexOf("metadata:\n") + "metadata:\n".length();
        return """
                {{- /* Written from the committed definition; see CommittedCrdTest. */}}
                {{- if .Values.crds.install }}
                """ + body.substring(0, labels) + """
                  labels:
                    {{- include "ballast.labels" . | nindent 4 }}
                  {{- if .Values.crds.keep }}
                  annotations:
                    helm.sh/resource-policy: keep
                  {{- end }}
                """ + body.substring(labels) + "{{- end }}\n";
    }

    @Test
    void everyCrdIsSmallEnoughToApply() throws IOException {
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        try (var files = Files.newDirectoryStream(COMMITTED)) {
            for (Path file : files) {
                JsonNode crd = yaml.readTree(Files.readString(file));
                int bytes = new ObjectMapper().writeValueAsString(crd).getBytes(StandardCharsets.UTF_8).length;
                assertThat(bytes).as(file.toString()).isLessThan(200_000);
            }
        }
    }

    @Test
    void everyTextOfAStatusHasABound() throws IOException {
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        try (var files = Files.newDirectoryStream(COMMITTED)) {
            for (Path file : files) {
                JsonNode status = yaml.readTree(Files.readString(file))
                        .at("/spec/versions/0/schema/openAPIV3Schema/properties/status");
                assertThat(status.isObject()).as(file.toString()).isTrue();
                assertThat(unbounded(status, "status")).as(file.toString()).isEmpty();
            }
        }
    }

    private static List<String> unbounded(JsonNode schema, String path) {
        List<String> found = new ArrayList<>();
        boolean text = schema.path("type").asText().equals("string");
        if (text && !schema.has("maxLength") && !schema.has("enum") && !schema.has("format")) {
            found.add(path);
        }
        for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
            found.addAll(unbounded(field.getValue(), path + "." + field.getKey()));
        }
        if (schema.has("items")) {
            found.addAll(unbounded(schema.get("items"), path + "[]"));
        }
        return found;
    }
}
