package rl.ballast.rollout.vector;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.TensorNames;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.ResidentWeights;
import rl.ballast.rollout.vector.ModelMatrices.FeedForward;
import rl.ballast.rollout.vector.ModelMatrices.Layer;
import rl.ballast.rollout.vector.ModelMatrices.Mixture;

/// One version's resident weights. [#matrices()] and [#residentDigests()] read the very same buffers.
final class VectorWeights implements ResidentWeights {
    /// Makes a tensor resident. There is one production loader; tests put in one that leaves a tensor stale, to
    /// show that the proof of a swap finds it.
    @FunctionalInterface
    interface Loader {
        ResidentTensor load(ServedTensor tensor);
    }

    private final PolicyVersion version;
    private final Map<String, ResidentTensor> tensors;
    private final ModelMatrices matrices;

    private VectorWeights(PolicyVersion version, Map<String, ResidentTensor> tensors, ModelMatrices matrices) {
        this.version = version;
        this.tensors = tensors;
        this.matrices = matrices;
    }

    static VectorWeights load(EngineWeights weights, ModelConfig config, Loader loader) {
        Map<String, ResidentTensor> tensors = new LinkedHashMap<>();
        weights.served().tensors().forEach((name, tensor) -> tensors.put(name, loader.load(tensor)));
        return new VectorWeights(weights.version(), tensors, assemble(config, tensors));
    }

    ModelMatrices matrices() {
        return matrices;
    }

    ResidentTensor tensor(String name) {
        return requireNonNull(tensors.get(name), name);
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

    /// The buffers are ordinary heap memory.
    @Override
    public void close() {}

    private static ModelMatrices assemble(ModelConfig config, Map<String, ResidentTensor> tensors) {
        Layer[] layers = new Layer[config.layers()];
        for (int l = 0; l < layers.length; l++) {
            layers[l] = new Layer(
                    vector(tensors, TensorNames.inputNorm(l)),
                    matrix(tensors, TensorNames.query(l)),
                    matrix(tensors, TensorNames.key(l)),
                    matrix(tensors, TensorNames.value(l)),
                    matrix(tensors, TensorNames.attentionOutput(l)),
                    vector(tensors, TensorNames.queryNorm(l)),
                    vector(tensors, TensorNames.keyNorm(l)),
                    vector(tensors, TensorNames.postAttentionNorm(l)),
                    config.moeLayer()[l]
                            ? null
                            : feedForward(tensors, TensorNames.gate(l), TensorNames.up(l), TensorNames.down(l)),
                    config.moeLayer()[l] ? mixture(config, tensors, l) : null);
        }
        PackedMatrix embedding = matrix(tensors, TensorNames.EMBEDDING);
        PackedMatrix output = config.tieWordEmbeddings() ? embedding : matrix(tensors, TensorNames.OUTPUT);
        return new ModelMatrices(embedding, layers, vector(tensors, TensorNames.FINAL_NORM), output);
    }

    private static Mixture mixture(ModelConfig config, Map<String, ResidentTensor> tensors, int layer) {
        FeedForward[] experts = new FeedForward[config.numExperts()];
        for (int e = 0; e < experts.length; e++) {
            experts[e] = feedForward(
                    tensors,
                    TensorNames.expertGate(layer, e),
                    TensorNames.expertUp(layer, e),
                    TensorNames.expertDown(layer, e));
        }
        return new Mixture(matrix(tensors, TensorNames.router(layer)), experts);
    }

    private static FeedForward feedForward(Map<String, ResidentTensor> tensors, String gate, String up, String down) {
        return new FeedForward(matrix(tensors, gate), matrix(tensors, up), matrix(tensors, down));
    }

    private static PackedMatrix matrix(Map<String, ResidentTensor> tensors, String name) {
        return requireNonNull(requireNonNull(tensors.get(name), name).matrix(), name);
    }

    private static float[] vector(Map<String, ResidentTensor> tensors, String name) {
        return requireNonNull(requireNonNull(tensors.get(name), name).vector(), name);
    }
}
