package rl.ballast.modeling.weights;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigWriter;
import rl.ballast.modeling.weights.WeightManifest.FileEntry;
import rl.ballast.modeling.weights.WeightManifest.TensorEntry;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.Epochs;
import rl.ballast.protocol.store.PublishedWeights;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.WeightsAnnouncement;

/// Publishes policy versions: `weights/v000012` is a complete Hugging Face folder in float32 with a manifest, or
/// absent. Used by the learner, by one thread at a time.
public final class WeightPublisher {
    /// Files of the source folder that a Hugging Face folder needs beside its weights, and config.json.
    private static final List<String> CARRIED = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    private final StoreLayout layout;
    private final ModelConfig config;
    private final ParameterLayout parameters;
    private final Map<String, byte[]> carried;

    /// @param source Hugging Face folder whose configuration and tokenizer files every version carries
    /// @throws UncheckedIOException if they cannot be read
    public WeightPublisher(StoreLayout layout, ModelConfig config, Path source) {
        this.layout = layout;
        this.config = config;
        this.parameters = ParameterLayout.of(config);
        this.carried = carriedFiles(config, source);
    }

    /// Where a version comes from.
    ///
    /// @param step that produced it; 0 before the first
    /// @param parent version that the step started from; null for the first
    /// @param epoch of the learner
    public record Lineage(
            PolicyVersion version, int step, @Nullable PolicyVersion parent, long epoch) {}

    /// @param announcement what engines are told
    public record Published(Path folder, WeightManifest manifest, WeightsAnnouncement announcement) {}

    /// Writes the version, durably, and moves `weights/current` to it.
    ///
    /// @param weights laid out as [ParameterLayout] says
    /// @param precisions in which engines will serve it
    /// @throws rl.ballast.protocol.store.StoreException.Refused if the version exists or a newer learner owns the
    ///        run
    /// @throws rl.ballast.protocol.store.StoreException.Full if the volume is full; nothing was changed
    /// @throws IllegalArgumentException if a weight is NaN or infinite, naming the tensor
    public Published publish(ParameterStore weights, Lineage lineage, Set<ServedPrecision> precisions) {
        return publish(weights, lineage, precisions, null);
    }

    /// The same with what the learner says of a few sequences, for engines to prove their behaviour by.
    public Published publish(
            ParameterStore weights, Lineage lineage, Set<ServedPrecision> precisions, @Nullable BehaviourProbe probe) {
        checkLayout(weights);
        Epochs.of(layout).requireNewest(lineage.epoch());
        List<TensorEntry> entries = parameters.slices().parallelStream()
                .map(slice -> entry(slice, segment(weights, slice), precisions))
                .toList();
        Path folder = layout.weights(lineage.version());
        List<FileEntry> files = new ArrayList<>();
        WeightManifest[] manifest = new WeightManifest[1];
        AtomicFiles.writeFolder(folder, temporary -> {
            for (Map.Entry<String, byte[]> file : carried.entrySet()) {
                Files.write(temporary.resolve(file.getKey()), file.getValue());
                files.add(new FileEntry(file.getKey(), file.getValue().length, WeightManifest.digest(file.getValue())));
            }
            files.add(writeWeights(temporary.resolve(ModelWeights.SINGLE_FILE), weights));
            manifest[0] = manifest(lineage, files, entries, probe);
            Files.write(temporary.resolve(WeightManifest.FILE), manifest[0].toJson());
        });
        new PublishedWeights(layout).advance(lineage.version(), lineage.epoch());
        String relative = layout.root().relativize(folder).toString().replace('\\', '/');
        return new Published(
                folder,
                manifest[0],
                new WeightsAnnouncement(
                        lineage.epoch(),
                        lineage.version().value(),
                        relative,
                        WeightManifest.digest(manifest[0].toJson())));
    }

    private WeightManifest manifest(
            Lineage lineage, List<FileEntry> files, List<TensorEntry> tensors, @Nullable BehaviourProbe probe) {
        PolicyVersion parent = lineage.parent();
        return new WeightManifest(
                WeightManifest.FORMAT_VERSION,
                lineage.version().value(),
                lineage.step(),
                parent == null ? null : parent.value(),
                lineage.epoch(),
                ModelConfigWriter.digest(config),
                files,
                tensors,
                probe);
    }

    private void checkLayout(ParameterStore weights) {
        if (weights.elements() != parameters.elements()
                || weights.slices().size() != parameters.slices().size()) {
            throw new IllegalArgumentException("weights: expected %d elements in %d tensors, found %d in %d"
                    .formatted(
                            parameters.elements(),
                            parameters.slices().size(),
                            weights.elements(),
                            weights.slices().size()));
        }
    }

    private static TensorEntry entry(
            ParameterStore.Slice slice, MemorySegment floats, Set<ServedPrecision> precisions) {
        String source = TensorDigest.of(slice.name(), TensorType.F32, slice.shape(), floats, null);
        Map<ServedPrecision, String> served = new EnumMap<>(ServedPrecision.class);
        for (ServedPrecision precision : precisions) {
            try (Arena scratch = Arena.ofConfined()) {
                served.put(
                        precision,
                        ServedWeights.convert(slice.name(), slice.shape(), floats, precision, scratch)
                                .digest());
            }
        }
        return new TensorEntry(slice.name(), TensorType.F32, slice.shape(), source, served);
    }

    private FileEntry writeWeights(Path file, ParameterStore weights) throws IOException {
        List<SafetensorsWriter.Tensor> tensors = parameters.slices().stream()
                .map(slice -> new SafetensorsWriter.Tensor(
                        slice.name(), TensorType.F32, slice.shape(), segment(weights, slice)))
                .toList();
        MessageDigest digest = TensorDigest.sha256();
        long bytes = SafetensorsWriter.writePlain(file, tensors, Map.of("format", "pt"), digest);
        return new FileEntry(ModelWeights.SINGLE_FILE, bytes, HexFormat.of().formatHex(digest.digest()));
    }

    private static MemorySegment segment(ParameterStore weights, ParameterStore.Slice slice) {
        return weights.weights().asSlice(slice.offset() * 4, slice.elements() * 4);
    }

    private static Map<String, byte[]> carriedFiles(ModelConfig config, Path source) {
        try {
            Map<String, byte[]> files = new TreeMap<>();
            files.put("config.json", configJson(config, source.resolve("config.json")));
            for (String name : CARRIED) {
                if (Files.exists(source.resolve(name))) {
                    files.put(name, Files.readAllBytes(source.resolve(name)));
                }
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the model in " + source, e);
        }
    }

    /// The source's own configuration, so that nothing other programs look for is lost; only the type is ours.
    private static byte[] configJson(ModelConfig config, Path file) throws IOException {
        if (!Files.exists(file)) {
            return ModelConfigWriter.toJson(config).getBytes(StandardCharsets.UTF_8);
        }
        JsonMapper json = JsonMapper.builder().build();
        ObjectNode fields = (ObjectNode) json.readTree(Files.readString(file, StandardCharsets.UTF_8));
        fields.remove("torch_dtype");
        fields.put("dtype", "float32");
        return json.writerWithDefaultPrettyPrinter().writeValueAsString(fields).getBytes(StandardCharsets.UTF_8);
    }
}
