package rl.ballast.modeling.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.ModelConfig.Family;

final class ModelConfigReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsAMixtureWithDenseLayersAmongIt() {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder("moe-mixed-layers-sharded"));

        assertThat(config.family()).isEqualTo(Family.QWEN3_MOE);
        assertThat(config.moeLayerIndices()).containsExactly(1, 5);
        assertThat(config.numExperts()).isEqualTo(5);
        assertThat(config.expertsPerToken()).isEqualTo(2);
        assertThat(config.expertIntermediateSize()).isEqualTo(12);
        assertThat(config.intermediateSize()).isEqualTo(20);
        assertThat(config.normTopkProb()).isTrue();
        assertThat(config.rmsNormEps()).isEqualTo(1e-5);
    }

    @Test
    void readsHeadsWhoseWidthIsNotTheHiddenSize() {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder("moe-raw-gates-wide-heads"));

        assertThat(config.heads() * config.headDim()).isEqualTo(48);
        assertThat(config.hiddenSize()).isEqualTo(24);
        assertThat(config.kvHeads()).isEqualTo(1);
        assertThat(config.normTopkProb()).isFalse();
        assertThat(config.tieWordEmbeddings()).isTrue();
        assertThat(config.ropeTheta()).isEqualTo(1e6);
        assertThat(config.eosTokens()).containsExactly(2, 3);
    }

    @Test
    void readsADenseModel() {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder("dense-untied"));

        assertThat(config.family()).isEqualTo(Family.QWEN3);
        assertThat(config.mixtureOfExperts()).isFalse();
        assertThat(config.numExperts()).isZero();
        assertThat(config.eosTokens()).containsExactly(2);
    }

    @ParameterizedTest
    @MethodSource("rl.ballast.modeling.Fixtures#models")
    void readsBackWhatItWrites(String name) throws IOException {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder(name));

        Files.writeString(folder.resolve("config.json"), ModelConfigWriter.toJson(config));

        assertThat(ModelConfigReader.read(folder)).isEqualTo(config);
    }

    @Test
    void takesTheRopeBaseOfNewerTransformers() throws IOException {
        write("\"rope_theta\": 10000.0", "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 5000}");

        assertThat(ModelConfigReader.read(folder).ropeTheta()).isEqualTo(5000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"rope_scaling\": null | \"rope_scaling\": {\"rope_type\": \"yarn\"} | rope_scaling: expected null",
                "\"attention_bias\": false | \"attention_bias\": true | attention_bias: expected false",
                "\"attention_bias\": false | \"attention_bias\": 1 | attention_bias: expected true or false, found 1",
                "\"use_sliding_window\": false | \"use_sliding_window\": true | use_sliding_window: expected false",
                "\"hidden_act\": \"silu\" | \"hidden_act\": \"gelu\" | hidden_act: expected \"silu\", found \"gelu\"",
                "\"Qwen3MoeForCausalLM\" | \"LlamaForCausalLM\" | architectures: expected [\"Qwen3ForCausalLM\"] or",
                "\"qwen3_moe\" | \"qwen3\" | model_type: expected \"qwen3_moe\" for Qwen3MoeForCausalLM, found \"qwen3\"",
                "\"num_hidden_layers\": 2 | \"num_hidden_layers\": \"two\" | num_hidden_layers: expected an integer",
                "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 2000000000 | num_hidden_layers: expected 1 to 1000000",
                "\"num_hidden_layers\": 2 | \"x\": 2 | num_hidden_layers: expected an integer, found nothing",
                "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | kvHeads: expected a divisor of heads 4, found 3",
                "\"num_experts_per_tok\": 2 | \"num_experts_per_tok\": 9 | expertsPerToken: expected 1 to numExperts 8",
                "\"decoder_sparse_step\": 1 | \"decoder_sparse_step\": 0 | decoder_sparse_step: expected at least 1",
                "\"mlp_only_layers\": [] | \"mlp_only_layers\": [\"a\"] | mlp_only_layers: expected integers",
                "\"eos_token_id\": 2 | \"eos_token_id\": 97 | eosTokens: expected ids in 0..96, found 97",
                "\"head_dim\": 8 | \"head_dim\": 7 | headDim: expected an even number, found 7",
                "\"rms_norm_eps\": 1e-06 | \"rms_norm_eps\": 0 | rmsNormEps: expected above 0",
                "\"vocab_size\": 97 | \"vocab_size\": 97, \"vocab_size\": 98 | content: expected JSON",
                "\"use_cache\": true | \"quantization_config\": {} | quantization_config: expected nothing",
            })
    void refusesWithFileFieldExpectedAndFound(String from, String to, String message) throws IOException {
        write(from, to);

        assertThatThrownBy(() -> ModelConfigReader.read(folder))
                .isInstanceOf(InvalidModel.class)
                .hasMessageContaining(folder.resolve("config.json").toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesAMissingFileAndTextThatIsNotJson() throws IOException {
        assertThatThrownBy(() -> ModelConfigReader.read(folder))
                .hasMessageContaining("expected a JSON file, found nothing");
        Files.writeString(folder.resolve("config.json"), "{\"a\": ");
        assertThatThrownBy(() -> ModelConfigReader.read(folder)).hasMessageContaining("expected JSON");
        Files.writeString(folder.resolve("config.json"), "[]");
        assertThatThrownBy(() -> ModelConfigReader.read(folder))
                .hasMessageContaining("expected a JSON object, found ARRAY");
    }

    @Test
    void differentModelsHaveDifferentDigests() {
        Set<String> digests = Set.copyOf(Fixtures.models()
                .map(name -> ModelConfigWriter.digest(ModelConfigReader.read(Fixtures.folder(name))))
                .toList());

        assertThat(digests).hasSize(6);
    }

    private void write(String from, String to) throws IOException {
        String text = Files.readString(Fixtures.folder("moe-normalised").resolve("config.json"));
        assertThat(text).contains(from);
        Files.writeString(folder.resolve("config.json"), text.replace(from, to));
    }
}
