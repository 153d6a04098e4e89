package rl.ballast.modeling.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfig;

/// Float32 weights and gradients of one model in one off-heap arena, laid out as [ParameterLayout] says. May be
/// used by several threads, which order their own writes. The creator closes it; both buffers are invalid after
/// that.
public final class FlatParameterStore implements ParameterStore, AutoCloseable {
    private static final long ALIGNMENT = 64;

    private final Arena arena;
    private final ParameterLayout layout;
    private final MemorySegment weights;
    private final MemorySegment gradients;

    @SuppressWarnings("MustBeClosedChecker") // the store is the owner: close() closes it
    private FlatParameterStore(ParameterLayout layout) {
        this.arena = Arena.ofShared();
        this.layout = layout;
        this.weights = arena.allocate(layout.elements() * 4, ALIGNMENT);
        this.gradients = arena.allocate(layout.elements() * 4, ALIGNMENT);
    }

    /// All weights and gradients zero.
    public static FlatParameterStore allocate(ModelConfig config) {
        return new FlatParameterStore(ParameterLayout.of(config));
    }

    /// Weights of a Hugging Face folder, converted to float32.
    ///
    /// @throws InvalidModel if a tensor is missing, unknown, of another shape or type, or holds NaN or infinity
    public static FlatParameterStore load(Path folder, ModelConfig config) {
        FlatParameterStore store = allocate(config);
        boolean loaded = false;
        try (ModelWeights source = ModelWeights.open(folder)) {
            check(source, config, store.layout);
            for (Slice slice : store.layout.slices()) {
                source.tensor(slice.name()).copyTo(store.weights(slice.name()));
            }
            loaded = true;
            return store;
        } finally {
            if (!loaded) {
                store.close();
            }
        }
    }

    /// Checks that a folder holds exactly the tensors of the model, with their shapes.
    ///
    /// @throws InvalidModel naming the tensor
    static void check(ModelWeights source, ModelConfig config, ParameterLayout layout) {
        Map<String, StoredTensor> tensors = source.tensors();
        for (Slice slice : layout.slices()) {
            StoredTensor tensor = source.tensor(slice.name());
            if (!Arrays.equals(tensor.shape(), slice.shape())) {
                throw new InvalidModel(
                        tensor.file(),
                        slice.name(),
                        "shape " + Arrays.toString(slice.shape()) + " by config.json",
                        Arrays.toString(tensor.shape()));
            }
        }
        for (StoredTensor tensor : tensors.values()) {
            if (!layout.byName().containsKey(tensor.name()) && !isTiedCopy(tensor, tensors, config)) {
                throw new InvalidModel(
                        tensor.file(), tensor.name(), "no such tensor in a model of config.json", tensor.toString());
            }
        }
    }

    /// Some folders with tied embeddings hold the output projection all the same.
    private static boolean isTiedCopy(StoredTensor tensor, Map<String, StoredTensor> tensors, ModelConfig config) {
        StoredTensor embedding = tensors.get(TensorNames.EMBEDDING);
        return config.tieWordEmbeddings()
                && tensor.name().equals(TensorNames.OUTPUT)
                && embedding != null
                && tensor.type() == embedding.type()
                && tensor.data().mismatch(embedding.data()) < 0;
    }

    public ParameterLayout layout() {
        return layout;
    }

    @Override
    public List<Slice> slices() {
        return layout.slices();
    }

    @Override
    public MemorySegment weights() {
        return weights;
    }

    @Override
    public MemorySegment gradients() {
        return gradients;
    }

    /// The weights of one tensor.
    ///
    /// @throws IllegalArgumentException if the model has no such tensor
    public MemorySegment weights(String name) {
        return slice(weights, name);
    }

    /// The gradients of one tensor.
    ///
    /// @throws IllegalArgumentException if the model has no such tensor
    public MemorySegment gradients(String name) {
        return slice(gradients, name);
    }

    private MemorySegment slice(MemorySegment buffer, String name) {
        Slice slice = layout.slice(name);
        return buffer.asSlice(slice.offset() * 4, slice.elements() * 4);
    }

    @Override
    public void close() {
        arena.close();
    }
}
