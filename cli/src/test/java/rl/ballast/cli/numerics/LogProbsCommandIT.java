package rl.ballast.cli.numerics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LogProbsCommandIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "learner, moe-raw-gates-wide-heads",
        "rollout, moe-raw-gates-wide-heads",
        "TORCH, moe-raw-gates-wide-heads",
        "learner, moe-mixed-layers-sharded",
        "rollout, moe-mixed-layers-sharded",
        "learner, dense-untied",
        "rollout, dense-untied"
    })
    void scoresOfTransformers(String engine, String fixture) {
        Path model = Invocation.FIXTURES.resolve(fixture);
        JsonNode expected = Invocation.json(model.resolve("expected.json")).get("sequences");

        JsonNode found = engine.equals("TORCH")
                ? score(model, "rollout", tokensOf(expected), "--backend", engine)
                        .get("sequences")
                : score(model, engine, tokensOf(expected)).get("sequences");

        assertThat(found).hasSize(expected.size());
        for (int s = 0; s < expected.size(); s++) {
            for (String field : new String[] {"logProbs", "entropies"}) {
                assertThat(found.get(s).get(field))
                        .hasSize(expected.get(s).get(field).size());
                for (int t = 0; t < expected.get(s).get(field).size(); t++) {
                    assertThat(found.get(s).get(field).get(t).asDouble())
                            .isCloseTo(expected.get(s).get(field).get(t).asDouble(), within(1e-4));
                }
            }
            JsonNode experts = expected.get(s).get("experts");
            assertThat(found.get(s).has("experts")).isEqualTo(experts != null);
            if (experts != null) {
                assertThat(found.get(s).get("experts").get("layers")).isEqualTo(experts.get("layers"));
                assertThat(found.get(s).get("experts").get("ids")).isEqualTo(experts.get("ids"));
            }
        }
    }

    @Test
    void replayedExpertsAreUsedAndTheRoutersOwnReported() {
        Path model = Invocation.FIXTURES.resolve("moe-normalised");
        Path tokens = Invocation.write(folder.resolve("tokens.json"), "{\"sequences\": [[5, 6, 7]]}");
        Path routes = Invocation.write(
                folder.resolve("routes.json"), "{\"sequences\": [[[[7, 0], [1, 2]], [[-1, -1], [0, 1]]]]}");
        JsonNode live = score(model, "learner", tokens).get("sequences").get(0).get("experts");

        Path out = folder.resolve("replayed.json");
        Invocation run = Invocation.of(
                "logprobs",
                "--engine",
                "learner",
                "--model",
                model,
                "--tokens",
                tokens,
                "--routes",
                routes,
                "--out",
                out);

        assertThat(run.errors()).isEmpty();
        JsonNode experts = Invocation.json(out).get("sequences").get(0).get("experts");
        assertThat(experts.get("ids").get(0).toString()).isEqualTo("[[0,7],[1,2]]");
        assertThat(experts.get("ids").get(1).get(0))
                .isEqualTo(experts.get("live").get(1).get(0));
        assertThat(experts.get("live").get(0).get(0))
                .isEqualTo(live.get("ids").get(0).get(0));
        for (JsonNode row : experts.get("weights")) {
            for (JsonNode cell : row) {
                assertThat(cell.get(0).asDouble() + cell.get(1).asDouble()).isCloseTo(1, within(1e-6));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16", "FP8"})
    void bothEnginesAgreeOnServedPrecisions(String precision) {
        Path model = Invocation.FIXTURES.resolve("dense-untied");
        Path tokens = tokensOf(Invocation.json(model.resolve("expected.json")).get("sequences"));

        JsonNode learner = score(model, "learner", tokens, "--precision", precision, "--temperature", "0.5");
        JsonNode rollout = score(model, "rollout", tokens, "--precision", precision, "--temperature", "0.5");
        JsonNode exact = score(model, "learner", tokens, "--temperature", "0.5");

        double rounding = 0;
        for (int s = 0; s < learner.get("sequences").size(); s++) {
            JsonNode values = learner.get("sequences").get(s).get("logProbs");
            for (int t = 0; t < values.size(); t++) {
                assertThat(values.get(t).asDouble())
                        .isCloseTo(
                                rollout.get("sequences")
                                        .get(s)
                                        .get("logProbs")
                                        .get(t)
                                        .asDouble(),
                                within(1e-4));
                rounding = Math.max(
                        rounding,
                        Math.abs(values.get(t).asDouble()
                                - exact.get("sequences")
                                        .get(s)
                                        .get("logProbs")
                                        .get(t)
                                        .asDouble()));
            }
        }
        assertThat(rounding).isGreaterThan(1e-3);
    }

    @Test
    void wrongUseIsRefused() {
        Path model = Invocation.FIXTURES.resolve("moe-normalised");
        Path tokens = Invocation.write(folder.resolve("tokens.json"), "{\"sequences\": [[5]]}");

        refused(
                2,
                "the rollout engine records routes and does not replay them",
                "rollout",
                model,
                tokens,
                "--routes",
                tokens);
        refused(
                2,
                "--temperature: expected a finite number above 0, found 0.0",
                "learner",
                model,
                tokens,
                "--temperature",
                "0");
        refused(1, "config.json", "learner", folder, tokens);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1]|content: expected an object, found [1]",
                "{}|sequences: expected a value, found nothing",
                "{\"sequence\": []}|sequence: expected one of the fields [sequences], found 'sequence'",
                "{\"sequences\": [[1], 2]}|sequences[1]: expected an array, found 2",
                "{\"sequences\": [[1, 97]]}|sequences[0][1]: expected a token id from 0 to 96, found 97",
                "{\"sequences\": [[1.5]]}|sequences[0][0]: expected an integer, found 1.5",
                "{\"sequences\": [[]]}|sequences[0]: expected 1 to 128 tokens (max_position_embeddings), found 0 tokens",
                "{\"sequences\": [|content: expected JSON, found"
            })
    void brokenTokensAreRefused(String content, String message) {
        Path tokens = Invocation.write(folder.resolve("tokens.json"), content);
        refused(1, "tokens.json: " + message, "learner", Invocation.FIXTURES.resolve("moe-normalised"), tokens);
    }

    @Test
    void tokensThatAreNotThereOrTooManyAreRefused() {
        Path model = Invocation.FIXTURES.resolve("moe-normalised");
        refused(1, "absent.json: ", "rollout", model, folder.resolve("absent.json"));
        String tooMany = "[" + "1, ".repeat(128) + "1]";
        Path tokens = Invocation.write(folder.resolve("tokens.json"), "{\"sequences\": [[1], %s]}".formatted(tooMany));
        refused(
                1,
                "tokens.json: sequences[1]: expected 1 to 128 tokens (max_position_embeddings), found 129 tokens",
                "rollout",
                model,
                tokens);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"sequences\": []}|sequences: expected 1 elements (one per sequence of tokens), found 0 elements",
                "{\"sequences\": [[]]}|sequences[0]: expected 1 or 2 rows (one per fed token), found 0 rows",
                "{\"sequences\": [[[[0, 1]]]]}|sequences[0][0]: expected 2 elements (one per MoE layer), found 1 elements",
                "{\"sequences\": [[[[0, 1], [2]]]]}|sequences[0][0][1]: expected 2 elements (experts per token), found 1 elements",
                "{\"sequences\": [[[[0, 1], [2, 2]]]]}|sequences[0][0][1]: expected distinct experts from 0 to 7, or only -1, found [2,2]",
                "{\"sequences\": [[[[0, 8], [2, 1]]]]}|sequences[0][0][0]: expected distinct experts from 0 to 7, or only -1, found [0,8]",
                "{\"sequences\": [[[[0, -1], [2, 1]]]]}|sequences[0][0][0]: expected distinct experts from 0 to 7, or only -1, found [0,-1]"
            })
    void brokenRoutesAreRefused(String content, String message) {
        Path tokens = Invocation.write(folder.resolve("tokens.json"), "{\"sequences\": [[5, 6]]}");
        Path routes = Invocation.write(folder.resolve("routes.json"), content);
        refused(
                1,
                "routes.json: " + message,
                "learner",
                Invocation.FIXTURES.resolve("moe-normalised"),
                tokens,
                "--routes",
                routes);
    }

    private void refused(int code, String message, String engine, Path model, Path tokens, Object... more) {
        Path out = folder.resolve("refused.json");
        Invocation run = Invocation.of(arguments(engine, model, tokens, out, more));
        assertThat(run.errors()).contains(message);
        assertThat(run.code()).isEqualTo(code);
        assertThat(Files.exists(out)).isFalse();
    }

    private JsonNode score(Path model, String engine, Path tokens, Object... more) {
        Path out = folder.resolve("scores.json");
        Invocation run = Invocation.of(arguments(engine, model, tokens, out, more));
        assertThat(run.errors()).isEmpty();
        assertThat(run.code()).isZero();
        return Invocation.json(out);
    }

    private static Object[] arguments(String engine, Path model, Path tokens, Path out, Object... more) {
        Object[] first = {"logprobs", "--engine", engine, "--model", model, "--tokens", tokens, "--out", out};
        Object[] all = java.util.Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }

    private Path tokensOf(JsonNode expected) {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode sequences = root.putArray("sequences");
        expected.forEach(sequence -> sequences.add(sequence.get("tokens")));
        return Invocation.write(folder.resolve("tokens.json"), root.toString());
    }
}
