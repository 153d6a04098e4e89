package rl.ballast.cli.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.cli.Main;

final class ParityCommandIT {
    private static final Path MOE = Invocation.FIXTURES.resolve("moe-normalised");
    private static final String TOKENS = "{\"sequences\": [[5, 6, 7, 8, 9, 10, 11], [12, 0, 1], [3]]}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"moe-normalised", "moe-raw-gates-wide-heads", "moe-mixed-layers-sharded", "dense-untied"})
    void inFloat32AllThreeAgree(String fixture) {
        Invocation run = parity(Invocation.FIXTURES.resolve(fixture), TOKENS);

        assertThat(run.errors()).isEmpty();
        assertThat(run.output())
                .contains("learner - rollout VECTOR F32", "learner - rollout TORCH F32")
                .contains("rollout TORCH F32 - rollout VECTOR F32")
                .contains("log-probabilities: 8 tokens, |difference| at most ")
                .endsWith("tolerance 1.00e-04: ok" + System.lineSeparator());
        assertThat(run.code()).isZero();
    }

    @Test
    void jsonHasEveryComparisonAndLayer() throws IOException {
        Invocation run = parity(MOE, TOKENS, "--json", "--precision", "FP8");

        JsonNode report = new ObjectMapper().readTree(run.output());
        assertThat(run.code()).isZero();
        assertThat(report.has("tolerance")).isFalse();
        assertThat(report.get("comparisons")).hasSize(5);
        assertThat(report.at("/comparisons/0/name").asText()).isEqualTo("learner - rollout VECTOR FP8");
        assertThat(report.at("/comparisons/2/replayed").asBoolean()).isTrue();
        for (JsonNode comparison : report.get("comparisons")) {
            assertThat(comparison.get("tokens").asInt()).isEqualTo(8);
            assertThat(comparison.get("cells").asInt()).isEqualTo(2 * 11);
            assertThat(comparison.get("perLayer")).hasSize(2);
            assertThat(comparison.get("tails").has("1.1")).isTrue();
            assertThat(comparison.get("tails").has("1.5")).isTrue();
        }
        assertThat(report.at("/comparisons/0/k3").asDouble()).isGreaterThan(1e-8);
        assertThat(report.at("/comparisons/0/maxAbsLogDiff").asDouble()).isGreaterThan(1e-4);
        assertThat(report.at("/comparisons/4/maxAbsLogDiff").asDouble()).isLessThan(1e-4);
    }

    @Test
    void aboveTheToleranceTheExitCodeIsOne() {
        Invocation run = parity(MOE, TOKENS, "--precision", "FP8", "--tolerance", "1e-6", "--routes", "no");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.output())
                .contains("learner - rollout VECTOR FP8: ABOVE THE TOLERANCE")
                .contains("tolerance 1.00e-06: EXCEEDED")
                .doesNotContain("engine's routes");
    }

    @Test
    void withoutAToleranceNothingIsJudged() {
        Invocation run = parity(MOE, TOKENS, "--precision", "BF16", "--temperature", "0.7");

        assertThat(run.code()).isZero();
        assertThat(run.output())
                .contains("learner with the engine's routes - rollout TORCH BF16")
                .contains("no tolerance stated");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"sequences\": [[1]]}|sequences: expected a sequence of two tokens at least, found none",
                "{\"sequences\": []}|sequences: expected a sequence of two tokens at least, found none",
                "{\"sequences\": [[1, 97]]}|sequences[0][1]: expected a token id from 0 to 96, found 97"
            })
    void tokensThatCannotBeComparedAreRefused(String tokens, String message) {
        Invocation run = parity(MOE, tokens);

        assertThat(run.errors()).contains("tokens.json: " + message);
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void theProcessWritesNothingButItsDocumentToStandardOutput() throws Exception {
        Path tokens = Invocation.write(folder.resolve("tokens.json"), "{\"sequences\": [[5, 6, 7]]}");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "parity",
                        "--model",
                        MOE.toString(),
                        "--tokens",
                        tokens.toString(),
                        "--json")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        JsonNode report = new ObjectMapper()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .readTree(output);

        assertThat(report.get("ok").asBoolean()).isTrue();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void wrongUseIsRefused() {
        assertThat(parity(MOE, TOKENS, "--tolerance", "-1").code()).isEqualTo(2);
        assertThat(parity(MOE, TOKENS, "--temperature", "0").code()).isEqualTo(2);
        assertThat(parity(MOE, TOKENS, "--routes", "perhaps").code()).isEqualTo(2);
        assertThat(parity(folder, TOKENS).errors()).contains("config.json");
    }

    private Invocation parity(Path model, String tokens, Object... more) {
        Path file = Invocation.write(folder.resolve("tokens.json"), tokens);
        List<Object> arguments = new ArrayList<>(List.of("parity", "--model", model, "--tokens", file));
        arguments.addAll(List.of(more));
        return Invocation.of(arguments.toArray());
    }
}
