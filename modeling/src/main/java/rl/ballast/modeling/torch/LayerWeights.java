package rl.ballast.modeling.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// The weights of one decoder layer.
///
/// @param moeLayer position among the mixture-of-experts layers, -1 for a dense layer
/// @param queryKeyValue the three input projections of attention, one below the other
/// @param router `[experts, hidden]`; null for a dense layer
/// @param experts the experts, or the one dense MLP
record LayerWeights(
        int moeLayer,
        Parameter inputNorm,
        Parameter queryKeyValue,
        Parameter output,
        Parameter queryNorm,
        Parameter keyNorm,
        Parameter mlpNorm,
        @Nullable Parameter router,
        List<Expert> experts) {

    /// `down(silu(gate x) * up x)`.
    record Expert(Parameter gate, Parameter up, Parameter down) {}

    static LayerWeights of(TorchParameters parameters, ModelConfig c, int layer, int moeLayer) {
        String prefix = "model.layers." + layer + ".";
        String attention = prefix + "self_attn.";
        long hidden = c.hiddenSize();
        long queries = (long) c.heads() * c.headDim();
        long keys = (long) c.kvHeads() * c.headDim();
        boolean moe = c.moeLayer()[layer];
        SequencedMap<String, Long> projections = new LinkedHashMap<>();
        projections.put(attention + "q_proj.weight", queries);
        projections.put(attention + "k_proj.weight", keys);
        projections.put(attention + "v_proj.weight", keys);
        return new LayerWeights(
                moe ? moeLayer : -1,
                parameters.get(prefix + "input_layernorm.weight", hidden),
                parameters.stacked(hidden, projections),
                parameters.get(attention + "o_proj.weight", hidden, queries),
                parameters.get(attention + "q_norm.weight", c.headDim()),
                parameters.get(attention + "k_norm.weight", c.headDim()),
                parameters.get(prefix + "post_attention_layernorm.weight", hidden),
                moe ? parameters.get(prefix + "mlp.gate.weight", c.numExperts(), hidden) : null,
                experts(parameters, c, prefix + "mlp.", moe));
    }

    private static List<Expert> experts(TorchParameters parameters, ModelConfig c, String prefix, boolean moe) {
        if (!moe) {
            return List.of(expert(parameters, c.hiddenSize(), c.intermediateSize(), prefix));
        }
        List<Expert> experts = new ArrayList<>();
        for (int e = 0; e < c.numExperts(); e++) {
            experts.add(expert(parameters, c.hiddenSize(), c.expertIntermediateSize(), prefix + "experts." + e + "."));
        }
        return List.copyOf(experts);
    }

    private static Expert expert(TorchParameters parameters, long hidden, long width, String prefix) {
        return new Expert(
                parameters.get(prefix + "gate_proj.weight", width, hidden),
                parameters.get(prefix + "up_proj.weight", width, hidden),
                parameters.get(prefix + "down_proj.weight", hidden, width));
    }
}
