package rl.ballast.modeling.init;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.config.ModelConfigWriter;
import rl.ballast.modeling.weights.ModelWeights;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.modeling.weights.ParameterStore.Slice;
import rl.ballast.modeling.weights.SafetensorsWriter;
import rl.ballast.modeling.weights.TensorType;
import rl.ballast.protocol.sizing.Presets;
import rl.ballast.protocol.store.AtomicFiles;

/// Makes a model of random float32 weights with the [ByteTokenizer]: a Hugging Face folder. The same
/// configuration and seed give the same bytes on every machine.
public final class ModelInit {
    private ModelInit() {}

    /// Makes a model of a preset.
    ///
    /// @param folder must not exist; it is complete or absent
    /// @throws IllegalArgumentException if there is no such preset
    /// @throws rl.ballast.protocol.store.StoreException if the folder exists or cannot be written
    public static void create(String preset, long seed, Path folder) {
        create(config(preset), seed, folder);
    }

    /// Makes a model of a configuration.
    ///
    /// @param folder must not exist; it is complete or absent
    /// @throws IllegalArgumentException if the vocabulary is smaller than the tokenizer's
    /// @throws rl.ballast.protocol.store.StoreException if the folder exists or cannot be written
    public static void create(ModelConfig config, long seed, Path folder) {
        ModelConfig model = withEnd(config);
        AtomicFiles.writeFolder(folder, temporary -> {
            write(temporary.resolve("config.json"), ModelConfigWriter.toJson(model));
            write(
                    temporary.resolve("generation_config.json"),
                    ModelConfigWriter.generationJson(model, ByteTokenizer.BOS, ByteTokenizer.PAD));
            write(temporary.resolve("tokenizer.json"), ByteTokenizer.tokenizerJson());
            write(temporary.resolve("tokenizer_config.json"), ByteTokenizer.tokenizerConfigJson(model.maxPositions()));
            writeWeights(temporary.resolve(ModelWeights.SINGLE_FILE), model, seed);
        });
    }

    /// The configuration of a preset.
    ///
    /// @throws IllegalArgumentException if there is no such preset
    public static ModelConfig config(String preset) {
        if (!Presets.names().contains(preset)) {
            throw new IllegalArgumentException(
                    "preset: expected one of %s, found '%s'".formatted(String.join(", ", Presets.names()), preset));
        }
        String resource = preset + ".json";
        try (InputStream stream = ModelInit.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the program lacks its resource " + resource);
            }
            String json = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return ModelConfigReader.parse(Path.of(resource), json);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + resource, e);
        }
    }

    /// A configuration file as it is given to `ballast model init --config`.
    ///
    /// @throws InvalidModel naming file, field, expected and found
    public static ModelConfig configFile(Path file) {
        try {
            return ModelConfigReader.parse(file, Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new InvalidModel(file, "file", "a readable config.json", e.toString(), e);
        }
    }

    private static ModelConfig withEnd(ModelConfig config) {
        if (config.vocabSize() < ByteTokenizer.VOCABULARY) {
            throw new IllegalArgumentException("vocab_size: expected at least %d, the size of the tokenizer, found %d"
                    .formatted(ByteTokenizer.VOCABULARY, config.vocabSize()));
        }
        // The end is the tokenizer's, whatever model the configuration was taken from.
        return config.withEosTokens(ByteTokenizer.EOS);
    }

    private static void writeWeights(Path file, ModelConfig config, long seed) {
        ParameterLayout layout = ParameterLayout.of(config);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment weights = arena.allocate(layout.elements() * 4, 64);
            layout.slices().parallelStream()
                    .forEach(slice -> InitialWeights.fill(config, slice, seed, segment(weights, slice)));
            SafetensorsWriter.write(
                    file,
                    layout.slices().stream()
                            .map(slice -> new SafetensorsWriter.Tensor(
                                    slice.name(), TensorType.F32, slice.shape(), segment(weights, slice)))
                            .toList(),
                    Map.of("format", "pt"));
        }
    }

    private static MemorySegment segment(MemorySegment weights, Slice slice) {
        return weights.asSlice(slice.offset() * 4, slice.elements() * 4);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
