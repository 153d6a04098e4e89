package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore;

/// All weights of a model, as views on a parameter store.
///
/// @param projection `[vocabulary, hidden]`, the embedding when tied
record ModelTensors(Parameter embedding, List<LayerWeights> layers, Parameter finalNorm, Parameter projection) {

    /// @throws InvalidInput when a tensor is missing or has another shape than the configuration says
    static ModelTensors of(NDManager manager, ModelConfig config, ParameterStore store) {
        TorchParameters parameters = new TorchParameters(manager, store);
        Parameter embedding = parameters.get("model.embed_tokens.weight", config.vocabSize(), config.hiddenSize());
        List<LayerWeights> layers = new ArrayList<>();
        int moe = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(LayerWeights.of(parameters, config, layer, moe));
            moe += config.moeLayer()[layer] ? 1 : 0;
        }
        return new ModelTensors(
                embedding,
                List.copyOf(layers),
                parameters.get("model.norm.weight", config.hiddenSize()),
                config.tieWordEmbeddings()
                        ? embedding
                        : parameters.get("lm_head.weight", config.vocabSize(), config.hiddenSize()));
    }
}
