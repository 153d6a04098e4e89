package rl.ballast.rollout.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rl.ballast.modeling.torch.CachedDecoder;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.ResidentWeights;

/// One version's weights: float32 values in one buffer that libtorch computes on, and the scales of the served
/// type.
final class TorchWeights implements ResidentWeights {
    private final PolicyVersion version;
    private final Arena arena;
    private final Store store;
    private final Map<String, ResidentSlice> tensors;
    private final CachedDecoder.Weights loaded;

    /// The buffer as the learner's classes see one. There is no backward pass here, so the gradients are never
    /// written and need no memory of their own.
    private record Store(List<Slice> slices, MemorySegment weights) implements ParameterStore {
        @Override
        public MemorySegment gradients() {
            return weights;
        }
    }

    private TorchWeights(
            PolicyVersion version,
            Arena arena,
            Store store,
            Map<String, ResidentSlice> tensors,
            CachedDecoder.Weights loaded) {
        this.version = version;
        this.arena = arena;
        this.store = store;
        this.tensors = tensors;
        this.loaded = loaded;
    }

    @SuppressWarnings("MustBeClosedChecker") // the weights are the owner: close() closes it
    static TorchWeights load(EngineWeights weights, CachedDecoder decoder) {
        ParameterLayout layout = ParameterLayout.of(weights.config());
        Arena arena = Arena.ofShared();
        boolean done = false;
        try {
            Store store = new Store(layout.slices(), arena.allocate(layout.elements() * Float.BYTES, 64));
            Map<String, ResidentSlice> tensors = new LinkedHashMap<>();
            for (ParameterStore.Slice slice : layout.slices()) {
                ServedTensor served = weights.served().tensor(slice.name());
                MemorySegment values =
                        store.weights.asSlice(slice.offset() * Float.BYTES, slice.elements() * Float.BYTES);
                tensors.put(slice.name(), ResidentSlice.fill(served, values));
            }
            TorchWeights result = new TorchWeights(weights.version(), arena, store, tensors, decoder.load(store));
            done = true;
            return result;
        } finally {
            if (!done) {
                arena.close();
            }
        }
    }

    CachedDecoder.Weights loaded() {
        return loaded;
    }

    /// The float32 values of a tensor, for tests that spoil them.
    MemorySegment values(String name) {
        ParameterStore.Slice slice = store.slices().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow();
        return store.weights.asSlice(slice.offset() * Float.BYTES, slice.elements() * Float.BYTES);
    }

    @Override
    public PolicyVersion version() {
        return version;
    }

    @Override
    public Map<String, String> residentDigests() {
        Map<String, String> digests = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> digests.put(name, tensor.digest()));
        return digests;
    }

    @Override
    public void close() {
        loaded.close();
        arena.close();
    }
}
