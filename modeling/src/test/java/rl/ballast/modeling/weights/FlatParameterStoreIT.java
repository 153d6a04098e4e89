package rl.ballast.modeling.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;

final class FlatParameterStoreIT {
    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("rl.ballast.modeling.Fixtures#models")
    void loadsEveryTensorOfAModel(String name) {
        Path model = Fixtures.folder(name);
        ModelConfig config = ModelConfigReader.read(model);

        try (FlatParameterStore store = FlatParameterStore.load(model, config);
                ModelWeights source = ModelWeights.open(model)) {
            assertThat(store.weights().address() % 64).isZero();
            assertThat(source.tensors()).hasSameSizeAs(store.slices());
            long next = 0;
            for (ParameterStore.Slice slice : store.slices()) {
                assertThat(slice.offset()).isEqualTo(next);
                next += slice.elements();
                StoredTensor tensor = source.tensor(slice.name());
                for (long i = 0; i < slice.elements(); i++) {
                    assertThat(store.weights().getAtIndex(ValueLayout.JAVA_FLOAT, slice.offset() + i))
                            .isEqualTo(tensor.floatAt(i));
                }
            }
            assertThat(store.elements()).isEqualTo(next);
        }
    }

    @Test
    void expertsOfOneKindAreContiguous() {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder("moe-normalised"));
        ParameterLayout layout = ParameterLayout.of(config);

        for (int expert = 1; expert < config.numExperts(); expert++) {
            assertThat(layout.slice(TensorNames.expertUp(1, expert)).offset())
                    .isEqualTo(layout.slice(TensorNames.expertUp(1, expert - 1)).offset() + 16 * 32);
        }
    }

    @Test
    void refusesATensorThatIsMissing() {
        rewrite("dense-untied", tensor -> tensor.name().equals("lm_head.weight") ? null : tensor);

        assertRefused("dense-untied", "lm_head.weight: expected a tensor, found nothing");
    }

    @Test
    void refusesATensorThatTheModelDoesNotHave() {
        rewrite(
                "dense-untied",
                tensor -> named(tensor, tensor.name().replace("layers.1.mlp.up_proj", "layers.1.mlp.other")));

        assertRefused("dense-untied", "model.layers.1.mlp.up_proj.weight: expected a tensor, found nothing");

        rewrite(
                "dense-untied",
                tensor -> tensor,
                new SafetensorsWriter.Tensor(
                        "model.extra", TensorType.F32, new long[] {1}, MemorySegment.ofArray(new float[1])));

        assertRefused("dense-untied", "model.extra: expected no such tensor");
    }

    @Test
    void refusesAnotherShape() {
        rewrite(
                "dense-untied",
                tensor -> tensor.name().equals("model.layers.0.self_attn.k_proj.weight")
                        ? new SafetensorsWriter.Tensor(tensor.name(), tensor.type(), new long[] {32, 16}, tensor.data())
                        : tensor);

        assertRefused(
                "dense-untied",
                "model.layers.0.self_attn.k_proj.weight: expected shape [16, 32] by config.json, found [32, 16]");
    }

    @Test
    void refusesATypeThatHoldsNoWeights() {
        rewrite(
                "dense-untied",
                tensor -> tensor.name().equals("model.norm.weight")
                        ? new SafetensorsWriter.Tensor(tensor.name(), TensorType.I32, tensor.shape(), tensor.data())
                        : tensor);

        assertRefused("dense-untied", "model.norm.weight: expected dtype F32, F16 or BF16, found I32");
    }

    @Test
    void refusesNumbersThatAreNotFinite() {
        float[] values = new float[32];
        values[31] = Float.NEGATIVE_INFINITY;
        rewrite(
                "dense-untied",
                tensor -> tensor.name().equals("model.norm.weight")
                        ? new SafetensorsWriter.Tensor(
                                tensor.name(), TensorType.F32, tensor.shape(), MemorySegment.ofArray(values))
                        : tensor);

        assertRefused("dense-untied", "model.norm.weight: expected finite numbers, found NaN or infinity");
    }

    @Test
    void acceptsAnOutputProjectionThatIsACopyOfTheTiedEmbedding() {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder("dense-tied-wide-heads"));
        MemorySegment other = MemorySegment.ofArray(new float[config.vocabSize() * config.hiddenSize()]);
        try (ModelWeights source = ModelWeights.open(Fixtures.folder("dense-tied-wide-heads"))) {
            StoredTensor embedding = source.tensor(TensorNames.EMBEDDING);
            rewrite(
                    "dense-tied-wide-heads",
                    tensor -> tensor,
                    new SafetensorsWriter.Tensor(
                            TensorNames.OUTPUT, TensorType.F32, embedding.shape(), embedding.data()));
            FlatParameterStore.load(folder, config).close();

            rewrite(
                    "dense-tied-wide-heads",
                    tensor -> tensor,
                    new SafetensorsWriter.Tensor(TensorNames.OUTPUT, TensorType.F32, embedding.shape(), other));
            assertRefused("dense-tied-wide-heads", "lm_head.weight: expected no such tensor");
        }
    }

    private void assertRefused(String model, String message) {
        ModelConfig config = ModelConfigReader.read(Fixtures.folder(model));
        assertThatThrownBy(() -> FlatParameterStore.load(folder, config))
                .isInstanceOf(InvalidModel.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(message);
    }

    private static SafetensorsWriter.Tensor named(SafetensorsWriter.Tensor tensor, String name) {
        return new SafetensorsWriter.Tensor(name, tensor.type(), tensor.shape(), tensor.data());
    }

    private void rewrite(
            String model,
            Function<SafetensorsWriter.Tensor, SafetensorsWriter.@Nullable Tensor> change,
            SafetensorsWriter.Tensor... extra) {
        try (ModelWeights source = ModelWeights.open(Fixtures.folder(model))) {
            List<SafetensorsWriter.Tensor> tensors = new ArrayList<>(List.of(extra));
            for (StoredTensor tensor : source.tensors().values()) {
                SafetensorsWriter.Tensor changed = change.apply(
                        new SafetensorsWriter.Tensor(tensor.name(), tensor.type(), tensor.shape(), tensor.data()));
                if (changed != null) {
                    tensors.add(changed);
                }
            }
            SafetensorsWriter.write(folder.resolve(ModelWeights.SINGLE_FILE), tensors, Map.of());
        }
    }
}
