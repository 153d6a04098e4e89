package rl.ballast.modeling.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.tokenizer.ChatTemplate;
import rl.ballast.modeling.tokenizer.Tokenizer;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.protocol.sizing.Presets;
import rl.ballast.protocol.store.StoreException;

final class ModelInitIT {
    @TempDir
    Path root;

    @Test
    void theTinyMixtureOfSeedZeroIsTheSameBytesForEver() throws IOException, GeneralSecurityException {
        Path folder = root.resolve("m");

        ModelInit.create("tiny-moe", 0, folder);

        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder(
                        "config.json",
                        "generation_config.json",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json");
        assertThat(sha256(folder.resolve("model.safetensors")))
                .isEqualTo("3b760dbe184460748aac82d04250e487f2de64a0ce08df692aed566c0a3d680c");
        assertThat(sha256(folder.resolve("tokenizer.json")))
                .isEqualTo("aff2c1b1e3a540129342da7f15703f798006f7a84520ccc8b74a71f4d6bb72c8");
        assertThat(sha256(folder.resolve("config.json")))
                .isEqualTo("9ed6d8bd0bd389b421b25277d76247df8083c831544a6d670bfd0ddb75b7956b");
    }

    @ParameterizedTest
    @MethodSource("rl.ballast.protocol.sizing.Presets#names")
    void everyPresetIsAModelWithItsTokenizer(String preset) {
        Path folder = root.resolve(preset);
        ModelInit.create(preset, 1, folder);
        ModelConfig config = ModelConfigReader.read(folder);

        try (FlatParameterStore weights = FlatParameterStore.load(folder, config);
                Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(config).isEqualTo(ModelInit.config(preset));
            assertThat(config.vocabSize()).isEqualTo(ByteTokenizer.VOCABULARY);
            assertThat(tokenizer.stopTokens())
                    .containsExactly(ByteTokenizer.EOS)
                    .isEqualTo(config.eosTokens());
            assertThat(deviation(weights.weights("model.embed_tokens.weight"))).isCloseTo(0.02, within(0.0005));
            assertThat(deviation(weights.weights("model.layers.1.self_attn.q_proj.weight")))
                    .isCloseTo(Math.pow(config.hiddenSize(), -0.5), within(0.002));
            assertThat(deviation(weights.weights("model.layers.2.self_attn.o_proj.weight")))
                    .isCloseTo(
                            Math.pow(2.0 * config.layers() * config.heads() * config.headDim(), -0.5), within(0.001));
            assertThat(deviation(weights.weights("model.norm.weight"))).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("rl.ballast.protocol.sizing.Presets#names")
    void itsShapeIsTheOneThatIsKnownWithoutIt(String preset) {
        assertThat(Presets.shape(preset)).contains(ParameterLayout.shape(ModelInit.config(preset)));
    }

    @Test
    void theTinyMixtureHasTheSizeOfTheExamples() {
        ModelConfig config = ModelInit.config("tiny-moe");

        try (FlatParameterStore weights = FlatParameterStore.allocate(config)) {
            assertThat(weights.elements()).isBetween(1_390_000L, 1_410_000L);
        }
        assertThat(config.moeLayerIndices()).containsExactly(0, 1, 2);
    }

    @Test
    void anotherSeedGivesOtherWeights() throws IOException {
        ModelInit.create("tiny-dense", 1, root.resolve("a"));
        ModelInit.create("tiny-dense", 2, root.resolve("b"));

        assertThat(Files.mismatch(root.resolve("a/model.safetensors"), root.resolve("b/model.safetensors")))
                .isNotNegative();
    }

    @Test
    void everyByteIsOneToken() {
        ModelInit.create("tiny-dense", 1, root.resolve("m"));

        try (Tokenizer tokenizer = Tokenizer.load(root.resolve("m"))) {
            String text = "23+08=31 (äé\u4e2d\n\t\0) " + "x".repeat(2000);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = tokenizer.encode(text);
            assertThat(ids).hasSameSizeAs(bytes);
            for (int i = 0; i < ids.length; i++) {
                assertThat(ids[i]).isEqualTo(ByteTokenizer.token(bytes[i]));
            }
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
            assertThat(tokenizer.encode("<eos>1")).containsExactly(ByteTokenizer.EOS, ByteTokenizer.token((byte) '1'));
            assertThat(tokenizer.bosToken()).hasValue(ByteTokenizer.BOS);
            assertThat(tokenizer.eosToken()).hasValue(ByteTokenizer.EOS);
            assertThat(tokenizer.padToken()).hasValue(ByteTokenizer.PAD);
        }
    }

    @Test
    void conversationsAreMarkedBySpecialTokens() {
        ModelInit.create("tiny-dense", 1, root.resolve("m"));
        ChatTemplate template = ChatTemplate.load(root.resolve("m")).orElseThrow();

        String text = template.render(
                List.of(Map.of("role", "system", "content", "Add."), Map.of("role", "user", "content", "1+2")),
                true,
                Map.of());

        assertThat(text)
                .isEqualTo(
                        "<|im_start|>system\nAdd.<|im_end|>\n<|im_start|>user\n1+2<|im_end|>\n<|im_start|>assistant\n");
        try (Tokenizer tokenizer = Tokenizer.load(root.resolve("m"))) {
            assertThat(tokenizer.encode(text)).startsWith(3).hasSize(14 + 11 + 11);
        }
    }

    @Test
    void refusesAVocabularySmallerThanTheTokenizer() throws IOException {
        Path file = root.resolve("config.json");
        Files.writeString(file, """
                {"model_type": "qwen3", "vocab_size": 263, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
                 "num_key_value_heads": 1, "head_dim": 4, "intermediate_size": 8}
                """);

        assertThatThrownBy(() -> ModelInit.create(ModelInit.configFile(file), 0, root.resolve("m")))
                .hasMessage("vocab_size: expected at least 264, the size of the tokenizer, found 263");
        assertThat(root.resolve("m")).doesNotExist();
    }

    @Test
    void refusesAFolderThatExists() {
        assertThatThrownBy(() -> ModelInit.create("tiny-dense", 0, root)).isInstanceOf(StoreException.Refused.class);
    }

    private static double deviation(MemorySegment values) {
        long count = values.byteSize() / 4;
        double sum = 0;
        double squares = 0;
        for (long i = 0; i < count; i++) {
            double value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            sum += value;
            squares += value * value;
        }
        return Math.sqrt(squares / count - sum / count * (sum / count));
    }

    private static String sha256(Path file) throws IOException, GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
