package rl.ballast.modeling.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Writes a configuration back as config.json, always in the same bytes for the same model.
public final class ModelConfigWriter {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ModelConfigWriter() {}

    /// config.json with sorted fields, two-space indentation and a final newline. transformers reads it.
    public static String toJson(ModelConfig config) {
        return print(fields(config));
    }

    /// generation_config.json: transformers and other engines look here for the ids that end a response.
    public static String generationJson(ModelConfig config, int bosToken, int padToken) {
        Map<String, @Nullable Object> fields = new TreeMap<>();
        fields.put("bos_token_id", bosToken);
        fields.put("do_sample", true);
        fields.put("pad_token_id", padToken);
        putEos(fields, config.eosTokens());
        return print(fields);
    }

    /// SHA-256 of [#toJson], hexadecimal: the identity of a model's architecture.
    public static String digest(ModelConfig config) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(toJson(config).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }

    private static Map<String, @Nullable Object> fields(ModelConfig config) {
        Map<String, @Nullable Object> fields = new TreeMap<>();
        fields.put("architectures", List.of(config.family().architecture()));
        fields.put("attention_bias", false);
        fields.put("attention_dropout", 0.0);
        fields.put("dtype", "float32");
        putEos(fields, config.eosTokens());
        fields.put("head_dim", config.headDim());
        fields.put("hidden_act", "silu");
        fields.put("hidden_size", config.hiddenSize());
        fields.put("initializer_range", 0.02);
        fields.put("intermediate_size", config.intermediateSize());
        fields.put("max_position_embeddings", config.maxPositions());
        fields.put("model_type", config.family().modelType());
        fields.put("num_attention_heads", config.heads());
        fields.put("num_hidden_layers", config.layers());
        fields.put("num_key_value_heads", config.kvHeads());
        fields.put("rms_norm_eps", config.rmsNormEps());
        fields.put("rope_scaling", null);
        fields.put("rope_theta", config.ropeTheta());
        fields.put("tie_word_embeddings", config.tieWordEmbeddings());
        fields.put("use_cache", true);
        fields.put("use_sliding_window", false);
        fields.put("vocab_size", config.vocabSize());
        if (config.family() == ModelConfig.Family.QWEN3_MOE) {
            putMixture(fields, config);
        }
        return fields;
    }

    private static void putMixture(Map<String, @Nullable Object> fields, ModelConfig config) {
        fields.put("decoder_sparse_step", 1);
        fields.put(
                "mlp_only_layers",
                IntStream.range(0, config.layers())
                        .filter(layer -> !config.moeLayer()[layer])
                        .boxed()
                        .toList());
        fields.put("moe_intermediate_size", config.expertIntermediateSize());
        fields.put("norm_topk_prob", config.normTopkProb());
        fields.put("num_experts", config.numExperts());
        fields.put("num_experts_per_tok", config.expertsPerToken());
    }

    private static void putEos(Map<String, @Nullable Object> fields, int[] eos) {
        if (eos.length == 1) {
            fields.put("eos_token_id", eos[0]);
        } else if (eos.length > 1) {
            fields.put("eos_token_id", eos);
        }
    }

    private static String print(Map<String, @Nullable Object> fields) {
        try {
            return JSON.writerWithDefaultPrettyPrinter()
                            .writeValueAsString(fields)
                            .replace("\r\n", "\n")
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON values cannot be written", e);
        }
    }
}
