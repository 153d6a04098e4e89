package rl.ballast.modeling.torch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.FlatParameterStore;

/// A tiny Hugging Face folder and what transformers computed from it.
record TransformersFixture(Path folder, ModelConfig config, JsonNode expected) {
    static final List<String> NAMES = List.of(
            "moe-normalised",
            "moe-raw-gates-wide-heads",
            "moe-mixed-layers-sharded",
            "moe-bf16-source",
            "dense-untied",
            "dense-tied-wide-heads");

    static TransformersFixture open(String name) {
        Path folder = Path.of("src/test/resources/fixtures", name);
        try {
            JsonNode expected = new ObjectMapper().readTree(Files.readString(folder.resolve("expected.json")));
            return new TransformersFixture(folder, ModelConfigReader.read(folder), expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FlatParameterStore weights() {
        return FlatParameterStore.load(folder, config);
    }

    TorchPolicy policy(FlatParameterStore store) {
        return new TorchPolicy(config, store, TorchOptions.withThreads(2));
    }

    /// Token ids of the sequences, each followed by one more token so that all T positions are fed.
    List<int[]> tokens() {
        List<int[]> result = new ArrayList<>();
        for (JsonNode sequence : expected.get("sequences")) {
            int[] ids = new int[sequence.get("tokens").size() + 1];
            for (int i = 0; i < ids.length - 1; i++) {
                ids[i] = sequence.get("tokens").get(i).asInt();
            }
            result.add(ids);
        }
        return result;
    }

    List<ForwardInput> inputs() {
        return tokens().stream()
                .map(ids -> new ForwardInput(ids, 1, null, null))
                .toList();
    }

    JsonNode sequence(int index) {
        return expected.get("sequences").get(index);
    }
}
