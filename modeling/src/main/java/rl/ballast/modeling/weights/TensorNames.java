package rl.ballast.modeling.weights;

/// Names of the tensors of Qwen3 and Qwen3-MoE in Hugging Face folders.
public final class TensorNames {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    /// Absent with tied embeddings.
    public static final String OUTPUT = "lm_head.weight";

    private TensorNames() {}

    public static String inputNorm(int layer) {
        return layer(layer, "input_layernorm");
    }

    public static String query(int layer) {
        return layer(layer, "self_attn.q_proj");
    }

    public static String key(int layer) {
        return layer(layer, "self_attn.k_proj");
    }

    public static String value(int layer) {
        return layer(layer, "self_attn.v_proj");
    }

    public static String attentionOutput(int layer) {
        return layer(layer, "self_attn.o_proj");
    }

    public static String queryNorm(int layer) {
        return layer(layer, "self_attn.q_norm");
    }

    public static String keyNorm(int layer) {
        return layer(layer, "self_attn.k_norm");
    }

    public static String postAttentionNorm(int layer) {
        return layer(layer, "post_attention_layernorm");
    }

    /// The router of a mixture-of-experts layer.
    public static String router(int layer) {
        return layer(layer, "mlp.gate");
    }

    public static String gate(int layer) {
        return layer(layer, "mlp.gate_proj");
    }

    public static String up(int layer) {
        return layer(layer, "mlp.up_proj");
    }

    public static String down(int layer) {
        return layer(layer, "mlp.down_proj");
    }

    public static String expertGate(int layer, int expert) {
        return layer(layer, "mlp.experts.%d.gate_proj".formatted(expert));
    }

    public static String expertUp(int layer, int expert) {
        return layer(layer, "mlp.experts.%d.up_proj".formatted(expert));
    }

    public static String expertDown(int layer, int expert) {
        return layer(layer, "mlp.experts.%d.down_proj".formatted(expert));
    }

    private static String layer(int layer, String part) {
        return "model.layers.%d.%s.weight".formatted(layer, part);
    }
}
