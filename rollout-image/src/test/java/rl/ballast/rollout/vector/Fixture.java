package rl.ballast.rollout.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.ModelWeights;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.EngineWeights;

/// A committed model with the answers of Hugging Face transformers.
public record Fixture(String name, Path folder, ModelConfig config) {
    private static final Path FIXTURES = Path.of("..", "modeling", "src", "test", "resources", "fixtures");

    public static Fixture of(String name) {
        Path folder = FIXTURES.resolve(name);
        return new Fixture(name, folder, ModelConfigReader.read(folder));
    }

    public static Stream<Fixture> all() {
        try (Stream<Path> folders = Files.list(FIXTURES)) {
            return folders
                    .filter(f -> Files.exists(f.resolve("expected.json")) && Files.exists(f.resolve("config.json")))
                    .map(f -> of(f.getFileName().toString()))
                    .sorted((a, b) -> a.name.compareTo(b.name))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public EngineWeights weights(long version, ServedPrecision precision) {
        return weights(version, precision, 1);
    }

    /// Another version: all weights times `factor`.
    public EngineWeights weights(long version, ServedPrecision precision, float factor) {
        try (ModelWeights source = ModelWeights.open(folder);
                Arena scratch = Arena.ofConfined()) {
            Map<String, ServedTensor> tensors = new LinkedHashMap<>();
            Map<String, String> digests = new LinkedHashMap<>();
            for (ParameterStore.Slice slice : ParameterLayout.of(config).slices()) {
                MemorySegment floats = scratch.allocate(slice.elements() * Float.BYTES, 64);
                source.tensor(slice.name()).copyTo(floats);
                for (long i = 0; i < slice.elements(); i++) {
                    floats.setAtIndex(JAVA_FLOAT, i, floats.getAtIndex(JAVA_FLOAT, i) * factor);
                }
                ServedTensor tensor =
                        ServedWeights.convert(slice.name(), slice.shape(), floats, precision, Arena.ofAuto());
                tensors.put(slice.name(), tensor);
                digests.put(slice.name(), tensor.digest());
            }
            return new EngineWeights(
                    new PolicyVersion(version), config, new ServedWeights(precision, tensors), digests);
        }
    }

    /// A backend of its own with these weights active.
    public VectorBackend backend(ServedPrecision precision, int threads) {
        VectorBackend backend = VectorBackend.create(config, precision, threads, 16, 4 << 20);
        backend.activate(backend.stage(weights(1, precision)));
        return backend;
    }

    public List<Expected> expected() {
        try {
            JsonNode root =
                    new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
            List<Expected> all = new ArrayList<>();
            root.get("sequences").forEach(node -> all.add(Expected.of(node)));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<int[]> sequences() {
        return expected().stream().map(Expected::tokens).toList();
    }

    @Override
    public String toString() {
        return name;
    }

    /// @param margins `[T][layers]` gap between the last chosen and the first rejected probability
    public record Expected(
            int[] tokens, double[] logProbs, double[] entropies, int[] ids, double[] weights, double[] margins) {
        static Expected of(JsonNode node) {
            JsonNode experts = node.path("experts");
            return new Expected(
                    java.util.Arrays.stream(flat(node.get("tokens")))
                            .mapToInt(d -> (int) d)
                            .toArray(),
                    flat(node.get("logProbs")),
                    flat(node.get("entropies")),
                    java.util.Arrays.stream(flat(experts.path("ids")))
                            .mapToInt(d -> (int) d)
                            .toArray(),
                    flat(experts.path("weights")),
                    flat(experts.path("margins")));
        }

        private static double[] flat(JsonNode node) {
            List<Double> values = new ArrayList<>();
            collect(node, values);
            return values.stream().mapToDouble(Double::doubleValue).toArray();
        }

        private static void collect(JsonNode node, List<Double> values) {
            if (node.isArray()) {
                node.forEach(child -> collect(child, values));
            } else if (node.isNumber()) {
                values.add(node.doubleValue());
            }
        }
    }
}
