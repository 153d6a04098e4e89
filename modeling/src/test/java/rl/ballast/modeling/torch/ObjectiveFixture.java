package rl.ballast.modeling.torch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.SafetensorsFile;
import rl.ballast.protocol.objective.ResponseScores;
import rl.ballast.protocol.objective.TokenObjective;
import rl.ballast.protocol.objective.TokenTerms;
import rl.ballast.protocol.recipe.ClipRange;
import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.LossSpec;
import rl.ballast.protocol.recipe.SequenceRule;
import rl.ballast.protocol.recipe.TokenRule;
import rl.ballast.protocol.trace.Routes;

/// A tiny model, a batch, and loss and gradients that torch autograd computed from them.
record ObjectiveFixture(Path folder, String mode, ModelConfig config, JsonNode batch, JsonNode expected) {
    static final List<String> NAMES = List.of(
            "objective-mixed-layers/None",
            "objective-mixed-layers/R2",
            "objective-mixed-layers/R3",
            "objective-raw-gates-tied/None",
            "objective-raw-gates-tied/R2",
            "objective-raw-gates-tied/R3",
            "objective-dense-tied/None");

    static ObjectiveFixture open(String nameAndMode) {
        int slash = nameAndMode.indexOf('/');
        Path folder = Path.of("src/test/resources/fixtures", nameAndMode.substring(0, slash));
        String mode = nameAndMode.substring(slash + 1);
        try {
            ObjectMapper mapper = new ObjectMapper();
            return new ObjectiveFixture(
                    folder,
                    mode,
                    ModelConfigReader.read(folder),
                    mapper.readTree(Files.readString(folder.resolve("batch-" + mode + ".json"))),
                    mapper.readTree(Files.readString(folder.resolve("expected-" + mode + ".json"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FlatParameterStore weights() {
        return FlatParameterStore.load(folder, config);
    }

    SafetensorsFile gradients(Arena arena) {
        return SafetensorsFile.open(folder.resolve("gradients-" + mode + ".safetensors"), arena);
    }

    double temperature() {
        return batch.get("recipe").get("sampling").get("temperature").asDouble();
    }

    List<ForwardInput> inputs() {
        List<ForwardInput> inputs = new ArrayList<>();
        for (JsonNode response : batch.get("responses")) {
            JsonNode prompt = response.get("prompt");
            int[] tokens = new int[prompt.size() + response.get("response").size()];
            for (int t = 0; t < tokens.length; t++) {
                JsonNode id = t < prompt.size()
                        ? prompt.get(t)
                        : response.get("response").get(t - prompt.size());
                tokens[t] = id.asInt();
            }
            inputs.add(new ForwardInput(tokens, prompt.size(), replay(response), null));
        }
        return inputs;
    }

    private @Nullable Routes replay(JsonNode response) {
        JsonNode rows = response.get("routes");
        if (rows == null || mode.equals("None")) {
            return null;
        }
        Routes routes =
                new Routes(rows.size(), rows.get(0).size(), rows.get(0).get(0).size());
        for (int row = 0; row < routes.rows(); row++) {
            for (int layer = 0; layer < routes.layers(); layer++) {
                int[] ids = new int[routes.topK()];
                for (int slot = 0; slot < ids.length; slot++) {
                    ids[slot] = rows.get(row).get(layer).get(slot).asInt();
                }
                routes.set(row, layer, ids, 0);
            }
        }
        return routes;
    }

    /// The paper's objective on the batch; `losses` receives the loss of every response.
    Policy.Objective objective(List<Double> losses) {
        TokenObjective objective = TokenObjective.of(
                new ClipRange(0.2, 0.27, true),
                new ImportanceSampling(
                        true, false, 5, TokenRule.Truncate, 0.5, 5, 0.2, SequenceRule.None, 0.999, 1.001, 1e-4),
                new LossSpec(LossSpec.Aggregation.TokenSum));
        return outputs -> {
            float[][] coefficients = new float[outputs.size()][];
            for (int i = 0; i < coefficients.length; i++) {
                TokenTerms terms = objective.evaluate(scores(i, outputs.get(i)), outputs.size());
                losses.add(terms.loss());
                coefficients[i] = terms.coefficientsAsFloats();
            }
            return coefficients;
        };
    }

    private ResponseScores scores(int index, ForwardOutput output) {
        JsonNode response = batch.get("responses").get(index);
        int length = output.trainerLogProbs().length;
        double[] trainer = new double[length];
        boolean[] mask = new boolean[length];
        for (int t = 0; t < length; t++) {
            trainer[t] = output.trainerLogProbs()[t];
            mask[t] =
                    !response.has("lossMask") || response.get("lossMask").get(t).asBoolean();
        }
        return new ResponseScores(
                expected.get("responses").get(index).get("advantage").asDouble(),
                trainer,
                doubles(response.get("proximalLogProbs")),
                doubles(response.get("rolloutLogProbs")),
                mask);
    }

    static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asDouble();
        }
        return values;
    }
}
