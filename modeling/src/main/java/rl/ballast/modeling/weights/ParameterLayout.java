package rl.ballast.modeling.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore.Slice;
import rl.ballast.protocol.sizing.ModelShape;

/// Which tensors a model has, with their shapes, in the one order that everything in Ballast uses, packed without
/// gaps.
///
/// Order: embedding; per layer input norm, q, k, v, o, q norm, k norm, post-attention norm, then the MLP; final
/// norm; output projection unless tied. The MLP of a mixture is the router, then all experts' gate_proj, all
/// up_proj, all down_proj, each by expert id: the experts of one kind form one contiguous `[experts, out, in]`
/// block. A dense MLP is gate, up, down.
///
/// @param elements of all slices together
public record ParameterLayout(List<Slice> slices, Map<String, Slice> byName, long elements) {

    public static ParameterLayout of(ModelConfig config) {
        Builder builder = new Builder();
        builder.add(TensorNames.EMBEDDING, config.vocabSize(), config.hiddenSize());
        for (int layer = 0; layer < config.layers(); layer++) {
            addAttention(builder, config, layer);
            if (config.moeLayer()[layer]) {
                addMixture(builder, config, layer);
            } else {
                addDense(builder, config, layer);
            }
        }
        builder.add(TensorNames.FINAL_NORM, config.hiddenSize());
        if (!config.tieWordEmbeddings()) {
            builder.add(TensorNames.OUTPUT, config.vocabSize(), config.hiddenSize());
        }
        return builder.build();
    }

    /// What a run of such a model needs is computed from this.
    public static ModelShape shape(ModelConfig config) {
        return new ModelShape(
                of(config).elements(),
                config.moeLayerIndices().length,
                config.numExperts(),
                config.expertsPerToken(),
                config.maxPositions());
    }

    /// @throws IllegalArgumentException if the model has no such tensor
    public Slice slice(String name) {
        Slice slice = byName.get(name);
        if (slice == null) {
            throw new IllegalArgumentException("the model has no tensor '%s'".formatted(name));
        }
        return slice;
    }

    private static void addAttention(Builder builder, ModelConfig config, int layer) {
        long hidden = config.hiddenSize();
        long queries = (long) config.heads() * config.headDim();
        long keys = (long) config.kvHeads() * config.headDim();
        builder.add(TensorNames.inputNorm(layer), hidden);
        builder.add(TensorNames.query(layer), queries, hidden);
        builder.add(TensorNames.key(layer), keys, hidden);
        builder.add(TensorNames.value(layer), keys, hidden);
        builder.add(TensorNames.attentionOutput(layer), hidden, queries);
        builder.add(TensorNames.queryNorm(layer), config.headDim());
        builder.add(TensorNames.keyNorm(layer), config.headDim());
        builder.add(TensorNames.postAttentionNorm(layer), hidden);
    }

    private static void addDense(Builder builder, ModelConfig config, int layer) {
        builder.add(TensorNames.gate(layer), config.intermediateSize(), config.hiddenSize());
        builder.add(TensorNames.up(layer), config.intermediateSize(), config.hiddenSize());
        builder.add(TensorNames.down(layer), config.hiddenSize(), config.intermediateSize());
    }

    private static void addMixture(Builder builder, ModelConfig config, int layer) {
        long hidden = config.hiddenSize();
        long width = config.expertIntermediateSize();
        builder.add(TensorNames.router(layer), config.numExperts(), hidden);
        for (int expert = 0; expert < config.numExperts(); expert++) {
            builder.add(TensorNames.expertGate(layer, expert), width, hidden);
        }
        for (int expert = 0; expert < config.numExperts(); expert++) {
            builder.add(TensorNames.expertUp(layer, expert), width, hidden);
        }
        for (int expert = 0; expert < config.numExperts(); expert++) {
            builder.add(TensorNames.expertDown(layer, expert), hidden, width);
        }
    }

    private static final class Builder {
        private final List<Slice> slices = new ArrayList<>();
        private final Map<String, Slice> byName = new HashMap<>();
        private long elements;

        void add(String name, long... shape) {
            long size = 1;
            for (long dimension : shape) {
                size = Math.multiplyExact(size, dimension);
            }
            Slice slice = new Slice(name, shape, elements, size);
            slices.add(slice);
            byName.put(name, slice);
            elements = Math.addExact(elements, size);
        }

        ParameterLayout build() {
            return new ParameterLayout(List.copyOf(slices), Map.copyOf(byName), elements);
        }
    }
}
