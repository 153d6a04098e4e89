package rl.ballast.cli.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import rl.ballast.cli.Main;

/// Every file of the folder states what is expected of it: `# expect: error: PATH: part of the message`, nothing else
/// may be said. The files of `crds` must be judged as their tests say.
class ValidateCommandIT {
    private static final Path FOLDER = Path.of("src/test/resources/validate");
    private static final Path CRDS = Path.of("../crds/src/test/resources");
    private static final String EXPECT = "# expect: ";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    static List<Path> files() throws IOException {
        return yaml(FOLDER);
    }

    private static final String NOT_SUPPORTED_YET = "valid-lag-off-policy.yaml";

    static List<Path> filesOfTheSchema() throws IOException {
        // two runs in a file are fine for the API server; `ballast run` refuses them
        return Stream.of("rlrun", "rolloutpool", "learnergroup")
                .flatMap(kind -> yaml(CRDS.resolve(kind)).stream())
                .filter(file -> !file.endsWith("invalid-two-runs.yaml"))
                // two states of one object; a file is only one
                .filter(file -> !file.getFileName().toString().startsWith("update-"))
                .filter(file -> !file.endsWith(NOT_SUPPORTED_YET))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("files")
    void exactlyWhatIsExpectedIsReported(Path file) throws IOException {
        List<String> expected = Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(EXPECT))
                .map(line -> line.substring(EXPECT.length()))
                .toList();

        int code = run("validate", file.toString());

        assertThat(code).isEqualTo(valid(file) ? 0 : 1);
        List<String> reported = out.toString()
                .lines()
                .filter(line -> line.startsWith("error: ") || line.startsWith("warning: "))
                .map(line -> line.replaceFirst("yaml(:\\d+)?: ", "yaml: ").replace(file + ": ", ""))
                .toList();
        assertThat(reported).hasSameSizeAs(expected);
        for (String line : expected) {
            assertThat(reported).anyMatch(found -> found.startsWith(line));
        }
    }

    @ParameterizedTest
    @MethodSource("filesOfTheSchema")
    void judgesTheFilesOfTheSchemaAsTheSchemaDoes(Path file) {
        assertThat(run("validate", file.toString())).as(out.toString()).isEqualTo(valid(file) ? 0 : 1);
    }

    @Test
    void refusesWhatTheSchemaKnowsAndTheLearnerDoesNotSupportYet() {
        Path file = CRDS.resolve("rlrun").resolve(NOT_SUPPORTED_YET);

        assertThat(run("validate", file.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("spec.staleness.maxPolicyLag: expected 0, found 1");
    }

    @Test
    void textNamesObjectsWithTheirLinesAndCounts() {
        Path file = FOLDER.resolve("invalid-both-objects.yaml");

        run("validate", file.toString());

        assertThat(out.toString().lines().toList())
                .startsWith(file + ":3: RLRun sums: INVALID", file + ":22: RolloutPool shared: INVALID")
                .endsWith("0 of 2 objects valid, 2 errors, 0 warnings");
        assertThat(out.toString())
                .contains("error: " + file + ":12: spec.recipe: ")
                .contains("error: " + file + ":27: spec.replicaz: unknown field");
    }

    @Test
    void jsonHoldsObjectsAndProblems() throws IOException {
        Path valid = FOLDER.resolve("valid-config-map-elsewhere.yaml");
        Path invalid = FOLDER.resolve("invalid-preset.yaml");

        assertThat(run("validate", "--json", valid.toString(), invalid.toString()))
                .isEqualTo(1);

        JsonNode document = new ObjectMapper().readTree(out.toString());
        assertThat(document.get("valid").asBoolean()).isFalse();
        assertThat(document.get("objects")).hasSize(2);
        assertThat(document.at("/objects/0/valid").asBoolean()).isTrue();
        assertThat(document.at("/objects/0/kind").asText()).isEqualTo("RLRun");
        assertThat(document.at("/objects/1/valid").asBoolean()).isFalse();
        assertThat(document.at("/objects/1/file").asText()).isEqualTo(invalid.toString());
        assertThat(document.at("/problems/0/severity").asText()).isEqualTo("warning");
        assertThat(document.at("/problems/1/severity").asText()).isEqualTo("error");
        assertThat(document.at("/problems/1/path").asText()).isEqualTo("spec.model.random.preset");
        assertThat(document.at("/problems/1/line").asInt()).isEqualTo(6);
    }

    @Test
    void aFolderIsReadWholeAndABrokenFileNamed() throws IOException {
        Files.copy(FOLDER.resolve("valid-several-objects.yaml"), folder.resolve("a.yaml"));
        assertThat(run("validate", folder.toString())).isZero();
        assertThat(out.toString()).contains("2 of 2 objects valid, 0 errors, 0 warnings");

        Files.writeString(folder.resolve("b.yml"), "a: [1, 2\nb: 3\n");
        assertThat(run("validate", folder.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("error: " + folder.resolve("b.yml")).contains("broken YAML");
    }

    @Test
    void aModelFolderThatCannotBeUsedIsNamed() throws IOException {
        Files.createDirectories(folder.resolve("model"));
        Files.writeString(folder.resolve("model/config.json"), "{\"model_type\": \"gpt2\"}");
        Path file = folder.resolve("run.yaml");
        Files.writeString(
                file,
                Files.readString(FOLDER.resolve("valid-several-objects.yaml"))
                        .replace("{random: {preset: tiny-moe}}", "{path: model}"));

        assertThat(run("validate", file.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("spec.model.path: ").contains("config.json: architectures: expected");
    }

    @Test
    void wrongUsageAndMissingFilesAreTold() {
        assertThat(run("validate")).isEqualTo(2);
        assertThat(err.toString()).contains("FILE");
        assertThat(run("validate", folder.resolve("none.yaml").toString())).isEqualTo(1);
        assertThat(out.toString()).contains("none.yaml: no such file");
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        CommandLine commandLine =
                Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    private static boolean valid(Path file) {
        return file.getFileName().toString().startsWith("valid-");
    }

    private static List<Path> yaml(Path where) {
        try (Stream<Path> files = Files.list(where)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
