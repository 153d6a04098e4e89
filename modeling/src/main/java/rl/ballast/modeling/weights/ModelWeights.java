package rl.ballast.modeling.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.JsonFields;

/// All tensors of a Hugging Face folder: `model.safetensors`, or shards with `model.safetensors.index.json`.
/// Mapped, not read. May be used by several threads. The opener closes it; no tensor may be used after that.
public final class ModelWeights implements AutoCloseable {
    public static final String SINGLE_FILE = "model.safetensors";
    public static final String INDEX_FILE = "model.safetensors.index.json";

    private final Arena arena;
    private final Path folder;
    private final Map<String, StoredTensor> tensors;

    private ModelWeights(Arena arena, Path folder, Map<String, StoredTensor> tensors) {
        this.arena = arena;
        this.folder = folder;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /// @throws InvalidModel naming file, tensor or field, expected and found
    @SuppressWarnings("MustBeClosedChecker") // the result is the owner: close() closes it
    public static ModelWeights open(Path folder) {
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            Map<String, StoredTensor> tensors = Files.exists(folder.resolve(SINGLE_FILE))
                    ? SafetensorsFile.open(folder.resolve(SINGLE_FILE), arena).tensors()
                    : openShards(folder, arena);
            opened = true;
            return new ModelWeights(arena, folder, tensors);
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }

    private static Map<String, StoredTensor> openShards(Path folder, Arena arena) {
        Path index = folder.resolve(INDEX_FILE);
        if (!Files.exists(index)) {
            throw new InvalidModel(folder, "weights", SINGLE_FILE + " or " + INDEX_FILE, "neither");
        }
        Map<String, Set<String>> namesByFile = namesByFile(index);
        Map<String, StoredTensor> all = new LinkedHashMap<>();
        for (Map.Entry<String, Set<String>> shard : namesByFile.entrySet()) {
            Path file = folder.resolve(shard.getKey());
            Map<String, StoredTensor> tensors =
                    SafetensorsFile.open(file, arena).tensors();
            for (String name : shard.getValue()) {
                if (!tensors.containsKey(name)) {
                    throw new InvalidModel(file, name, "a tensor, as the index says", "nothing");
                }
            }
            for (StoredTensor tensor : tensors.values()) {
                if (!shard.getValue().contains(tensor.name())) {
                    throw new InvalidModel(index, tensor.name(), "an entry for " + shard.getKey(), "nothing");
                }
                all.put(tensor.name(), tensor);
            }
        }
        return all;
    }

    private static Map<String, Set<String>> namesByFile(Path index) {
        JsonFields fields = JsonFields.read(index);
        JsonNode map = fields.root().path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw fields.wrong("weight_map", "an object from tensor name to file name");
        }
        Map<String, Set<String>> byFile = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String file = entry.getValue().asText("");
            // A name, never a path: an index must not lead out of its folder.
            if (!file.endsWith(".safetensors")
                    || file.contains("/")
                    || file.contains("\\")
                    || file.indexOf('\0') >= 0) {
                throw new InvalidModel(
                        index,
                        "weight_map." + entry.getKey(),
                        "the name of a .safetensors file in this folder",
                        "\"%s\"".formatted(file));
            }
            byFile.computeIfAbsent(file, _ -> new TreeSet<>()).add(entry.getKey());
        }
        return byFile;
    }

    public Path folder() {
        return folder;
    }

    /// By name, in the order of the files.
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    /// @throws InvalidModel if there is none of this name
    public StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InvalidModel(folder, name, "a tensor", "nothing");
        }
        return tensor;
    }

    @Override
    public void close() {
        arena.close();
    }
}
