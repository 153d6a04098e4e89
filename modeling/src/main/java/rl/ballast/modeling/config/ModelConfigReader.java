package rl.ballast.modeling.config;

import java.nio.file.Files;
import java.nio.file.Path;
import rl.ballast.modeling.config.ModelConfig.Family;

/// Reads config.json (and generation_config.json, if there is one) of a Hugging Face folder. Fields that are
/// absent take the default of transformers' configuration class; what this model code does not compute is
/// refused.
public final class ModelConfigReader {
    private ModelConfigReader() {}

    /// @throws InvalidModel naming file, field, expected and found
    public static ModelConfig read(Path folder) {
        JsonFields fields = JsonFields.read(folder.resolve("config.json"));
        return bind(fields, eosTokens(fields, folder.resolve("generation_config.json")));
    }

    /// Reads the text of a lone configuration; ids that end a response come from it too.
    ///
    /// @param file for messages
    /// @throws InvalidModel naming file, field, expected and found
    public static ModelConfig parse(Path file, String json) {
        JsonFields fields = JsonFields.parse(file, json);
        return bind(fields, fields.has("eos_token_id") ? fields.integers("eos_token_id") : new int[0]);
    }

    private static ModelConfig bind(JsonFields fields, int[] eosTokens) {
        Family family = family(fields);
        refuseWhatIsNotComputed(fields);
        boolean mixture = family == Family.QWEN3_MOE;
        int layers = positive(fields, "num_hidden_layers");
        int heads = positive(fields, "num_attention_heads");
        int hidden = positive(fields, "hidden_size");
        int experts = mixture ? fields.integer("num_experts", 128) : 0;
        try {
            return new ModelConfig(
                    family,
                    fields.integer("vocab_size"),
                    hidden,
                    layers,
                    heads,
                    fields.integer("num_key_value_heads", mixture ? 4 : 32),
                    fields.integer("head_dim", mixture ? hidden / heads : 128),
                    fields.integer("intermediate_size", mixture ? 6144 : 22016),
                    experts,
                    mixture ? fields.integer("num_experts_per_tok", 8) : 0,
                    mixture ? fields.integer("moe_intermediate_size", 768) : 0,
                    mixture && fields.flag("norm_topk_prob", false),
                    mixture && experts > 0 ? moeLayers(fields, layers) : new boolean[layers],
                    fields.number("rms_norm_eps", 1e-6),
                    ropeTheta(fields),
                    fields.flag("tie_word_embeddings", false),
                    fields.integer("max_position_embeddings", 32768),
                    eosTokens);
        } catch (IllegalArgumentException e) {
            throw new InvalidModel(fields.file(), "fields", "a consistent model", String.valueOf(e.getMessage()), e);
        }
    }

    private static Family family(JsonFields fields) {
        String found = fields.root().path("architectures").path(0).asText("");
        String type = fields.root().path("model_type").asText("");
        for (Family family : Family.values()) {
            if (found.isEmpty()
                    ? family.modelType().equals(type)
                    : family.architecture().equals(found)) {
                if (!type.isEmpty() && !type.equals(family.modelType())) {
                    throw fields.wrong("model_type", "\"%s\" for %s".formatted(family.modelType(), found));
                }
                return family;
            }
        }
        throw fields.wrong("architectures", "[\"Qwen3ForCausalLM\"] or [\"Qwen3MoeForCausalLM\"]");
    }

    private static void refuseWhatIsNotComputed(JsonFields fields) {
        for (String flag : new String[] {"attention_bias", "use_sliding_window", "mlp_bias"}) {
            if (fields.flag(flag, false)) {
                throw fields.wrong(flag, "false (not supported)");
            }
        }
        if (fields.number("attention_dropout", 0) != 0) {
            throw fields.wrong("attention_dropout", "0 (not supported)");
        }
        if (fields.has("rope_scaling")) {
            throw fields.wrong("rope_scaling", "null (scaled rotary embeddings are not supported)");
        }
        if (fields.has("quantization_config")) {
            throw fields.wrong("quantization_config", "nothing (give the unquantised weights)");
        }
        if (fields.has("hidden_act")
                && !fields.root().path("hidden_act").asText().equals("silu")) {
            throw fields.wrong("hidden_act", "\"silu\"");
        }
    }

    /// transformers 5 writes `rope_parameters` in place of `rope_theta` and `rope_scaling`.
    private static double ropeTheta(JsonFields fields) {
        if (!fields.has("rope_parameters")) {
            return fields.number("rope_theta", 10000.0);
        }
        var parameters = fields.root().path("rope_parameters");
        if (!parameters.path("rope_type").asText("default").equals("default")
                || !parameters.path("rope_theta").isNumber()) {
            throw fields.wrong("rope_parameters", "rope_type \"default\" with a number rope_theta");
        }
        return parameters.path("rope_theta").doubleValue();
    }

    private static boolean[] moeLayers(JsonFields fields, int layers) {
        int sparseStep = fields.integer("decoder_sparse_step", 1);
        if (sparseStep < 1) {
            throw fields.wrong("decoder_sparse_step", "at least 1");
        }
        boolean[] mixture = new boolean[layers];
        for (int layer = 0; layer < layers; layer++) {
            mixture[layer] = (layer + 1) % sparseStep == 0;
        }
        for (int layer : fields.has("mlp_only_layers") ? fields.integers("mlp_only_layers") : new int[0]) {
            if (layer >= 0 && layer < layers) {
                mixture[layer] = false;
            }
        }
        return mixture;
    }

    private static int[] eosTokens(JsonFields config, Path generationFile) {
        if (Files.exists(generationFile)) {
            JsonFields generation = JsonFields.read(generationFile);
            if (generation.has("eos_token_id")) {
                return generation.integers("eos_token_id");
            }
        }
        return config.has("eos_token_id") ? config.integers("eos_token_id") : new int[0];
    }

    private static int positive(JsonFields fields, String field) {
        int value = fields.integer(field);
        // A bound on what sizes an array before any file is opened.
        if (value < 1 || value > 1_000_000) {
            throw fields.wrong(field, "1 to 1000000");
        }
        return value;
    }
}
