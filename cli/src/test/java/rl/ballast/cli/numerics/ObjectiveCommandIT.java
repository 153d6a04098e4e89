package rl.ballast.cli.numerics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.modeling.weights.SafetensorsFile;
import rl.ballast.modeling.weights.StoredTensor;

final class ObjectiveCommandIT {
    private static final Path MIXED = Invocation.FIXTURES.resolve("objective-mixed-layers");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "objective-mixed-layers, None",
        "objective-mixed-layers, R2",
        "objective-mixed-layers, R3",
        "objective-raw-gates-tied, R3",
        "objective-dense-tied, None"
    })
    void everythingIsAsAutogradSays(String name, String mode) {
        Path model = Invocation.FIXTURES.resolve(name);
        JsonNode expected = Invocation.json(model.resolve("expected-" + mode + ".json"));
        Path gradients = folder.resolve("gradients.safetensors");

        JsonNode found = run(model, model.resolve("batch-" + mode + ".json"), "--gradients", gradients);

        compare("", expected, found);
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile wanted = SafetensorsFile.open(model.resolve("gradients-" + mode + ".safetensors"), arena);
            SafetensorsFile written = SafetensorsFile.open(gradients, arena);
            assertThat(written.tensors().keySet()).isEqualTo(wanted.tensors().keySet());
            wanted.tensors().forEach((tensor, value) -> compare(value, written.tensor(tensor)));
        }
    }

    /// Same fields, same lengths; numbers to 2e-3 relative (exponentials of float32 log-probabilities).
    private static void compare(String where, JsonNode expected, JsonNode found) {
        if (expected.isNumber()) {
            double wanted = expected.asDouble();
            assertThat(found.asDouble()).as(where).isCloseTo(wanted, within(2e-4 * Math.max(1, Math.abs(wanted))));
        } else if (expected.isContainerNode()) {
            assertThat(found.size()).as(where).isEqualTo(expected.size());
            if (expected.isObject()) {
                expected.properties()
                        .forEach(field ->
                                compare(where + "." + field.getKey(), field.getValue(), found.get(field.getKey())));
            } else {
                for (int i = 0; i < expected.size(); i++) {
                    compare(where + "[" + i + "]", expected.get(i), found.get(i));
                }
            }
        } else {
            assertThat(found).as(where).isEqualTo(expected);
        }
    }

    private static void compare(StoredTensor expected, StoredTensor found) {
        double difference = 0;
        double norm = 0;
        for (long i = 0; i < expected.elements(); i++) {
            difference += Math.pow(found.floatAt(i) - expected.floatAt(i), 2);
            norm += Math.pow(expected.floatAt(i), 2);
        }
        assertThat(Math.sqrt(difference))
                .as(expected.name())
                .isLessThanOrEqualTo(Math.max(1e-4 * Math.sqrt(norm), 1e-8));
    }

    @Test
    void withoutProximalLogProbsNothingIsStale() {
        ObjectNode batch = batch("R3");
        batch.get("responses").forEach(response -> ((ObjectNode) response).remove("proximalLogProbs"));

        JsonNode found = run(MIXED, write(batch));

        for (JsonNode response : found.get("responses")) {
            for (JsonNode ratio : response.get("stalenessRatio")) {
                assertThat(ratio.asDouble()).isEqualTo(1);
            }
            assertThat(response.get("importanceWeight")).isEqualTo(response.get("engineRatio"));
        }
    }

    @Test
    void unknownRoutesAreHandledAsTheRecipeSays() {
        ObjectNode batch = batch("R3");
        forget((ObjectNode) batch.get("responses").get(1));
        Path failing = write(batch);
        refused(
                "responses[1].routes: 12 of 24 (row, layer) routes are unknown and recipe.replay.onUnknown is Fail",
                MIXED,
                failing);

        batch.withObject("/recipe/replay").put("onUnknown", "LiveRouter");
        JsonNode live = run(MIXED, write(batch));
        batch.withObject("/recipe/replay").put("onUnknown", "DropSample");
        JsonNode dropped = run(MIXED, write(batch));

        JsonNode known = run(MIXED, MIXED.resolve("batch-R3.json"));
        assertThat(live.get("responses").get(1).has("dropped")).isFalse();
        assertThat(live.get("loss")).isNotEqualTo(known.get("loss"));
        assertThat(dropped.get("responses").get(1).get("dropped").asBoolean()).isTrue();
        assertThat(dropped.get("responses").get(1).get("mask").toString()).doesNotContain("true");
        assertThat(dropped.get("responses").get(0))
                .isEqualTo(known.get("responses").get(0));
        double sum = 0;
        for (int i = 0; i < 7; i++) {
            sum += i == 1 ? 0 : share(known.get("responses").get(i));
        }
        assertThat(dropped.get("loss").asDouble()).isCloseTo(sum, within(1e-6));

        batch.withObject("/recipe/replay").put("maxUnknownFraction", 0.001);
        refused("more than recipe.replay.maxUnknownFraction 0.001 allows", MIXED, write(batch));
    }

    /// `-sum_t M min(w, 5) A log pi / 7` of one response.
    private static double share(JsonNode response) {
        double sum = 0;
        for (int t = 0; t < response.get("mask").size(); t++) {
            if (response.get("mask").get(t).asBoolean()) {
                double weight =
                        Math.min(5, response.get("importanceWeight").get(t).asDouble());
                sum -= weight * response.get("trainerLogProbs").get(t).asDouble();
            }
        }
        return sum * response.get("advantage").asDouble() / 7;
    }

    private static void forget(ObjectNode response) {
        for (JsonNode row : response.get("routes")) {
            ArrayNode cell = (ArrayNode) row.get(0);
            cell.removeAll();
            cell.add(-1).add(-1);
        }
    }

    @Test
    void brokenBatchesAreRefused() {
        refuse("responses[0].reward: expected a value, found nothing", response -> response.remove("reward"));
        refuse(
                "responses[0].rolloutLogProbs: expected 5 elements (one per token of the response), found 1 elements",
                response -> response.putArray("rolloutLogProbs").add(1));
        refuse(
                "responses[0].lossMask[0]: expected true, false, 1 or 0, found 2",
                response -> response.putArray("lossMask")
                        .add(2)
                        .add(1)
                        .add(1)
                        .add(1)
                        .add(1));
        refuse(
                "responses[0].prompt[0]: expected a token id from 0 to 22, found 23",
                response -> response.putArray("prompt").add(23));
        refuse(
                "responses[0].routes: expected 8 rows (one per fed token), found 7 rows",
                response -> ((ArrayNode) response.get("routes")).remove(0));
        refuse("responses[0].rewards: expected one of the fields", response -> response.put("rewards", 1));
        refuse(
                "responses[0].proximalLogProbs[0]: expected a finite number, found \"NaN\"",
                response -> response.putArray("proximalLogProbs")
                        .add("NaN")
                        .add(1)
                        .add(1)
                        .add(1)
                        .add(1));
        refuse(
                "responses[0]: expected 2 to 65 tokens in prompt and response (max_position_embeddings), found 66 tokens",
                response -> {
                    response.remove("routes");
                    ArrayNode prompt = response.putArray("prompt");
                    for (int i = 0; i < 61; i++) {
                        prompt.add(1);
                    }
                });
        refused("absent.json: ", MIXED, folder.resolve("absent.json"));
        ObjectNode recipe = batch("R3");
        recipe.withObject("/recipe").putObject("onPolicy");
        refused("set exactly one of recipe.onPolicy", MIXED, write(recipe));
        ObjectNode unknown = batch("R3");
        unknown.withObject("/recipe").put("groupsize", 4);
        refused("groupsize", MIXED, write(unknown));
        refused(
                "expected no routes: the model is dense",
                Invocation.FIXTURES.resolve("objective-dense-tied"),
                MIXED.resolve("batch-R3.json"));
    }

    private void refuse(String message, java.util.function.Consumer<ObjectNode> change) {
        ObjectNode batch = batch("R3");
        change.accept((ObjectNode) batch.get("responses").get(0));
        refused("batch.json: " + message, MIXED, write(batch));
    }

    private void refused(String message, Path model, Path batch) {
        Path out = folder.resolve("refused.json");
        Invocation run = Invocation.of("objective", "--model", model, "--batch", batch, "--out", out);
        assertThat(run.errors()).contains(message);
        assertThat(run.code()).isEqualTo(1);
        assertThat(Files.exists(out)).isFalse();
    }

    private JsonNode run(Path model, Path batch, Object... more) {
        Path out = folder.resolve("out.json");
        Object[] first = {"objective", "--model", model, "--batch", batch, "--out", out};
        Object[] all = java.util.Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        Invocation run = Invocation.of(all);
        assertThat(run.errors()).isEmpty();
        assertThat(run.code()).isZero();
        return Invocation.json(out);
    }

    private static ObjectNode batch(String mode) {
        return (ObjectNode) Invocation.json(MIXED.resolve("batch-" + mode + ".json"));
    }

    private Path write(ObjectNode batch) {
        return Invocation.write(folder.resolve("batch.json"), batch.toString());
    }
}
