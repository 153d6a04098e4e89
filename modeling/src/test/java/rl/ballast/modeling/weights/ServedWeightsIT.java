package rl.ballast.modeling.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.protocol.role.ServedPrecision;

final class ServedWeightsIT {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void roundsToBfloat16AsTorchDoes() {
        SafetensorsFile fixture = fixture();
        StoredTensor values = fixture.tensor("values");
        StoredTensor expected = fixture.tensor("values.bf16");

        for (long i = 0; i < values.elements(); i++) {
            short bits = expected.data().get(StoredTensor.SHORT, i * 2);
            assertThat(Bfloat16.fromFloat(values.floatAt(i)))
                    .as("%s", values.floatAt(i))
                    .isEqualTo(bits);
            assertThat(Bfloat16.fromFloat(Bfloat16.toFloat(bits))).isEqualTo(bits);
        }
    }

    @Test
    void roundsToFloat8AsTorchDoes() {
        SafetensorsFile fixture = fixture();
        StoredTensor values = fixture.tensor("values");
        StoredTensor expected = fixture.tensor("values.fp8");

        for (long i = 0; i < values.elements(); i++) {
            assertThat(Float8E4M3.fromFloat(values.floatAt(i)))
                    .as("%s", values.floatAt(i))
                    .isEqualTo(expected.data().get(ValueLayout.JAVA_BYTE, i));
        }
        StoredTensor table = fixture.tensor("table");
        for (int bits = 0; bits < 256; bits++) {
            assertThat(Float.floatToIntBits(Float8E4M3.toFloat((byte) bits)))
                    .isEqualTo(Float.floatToIntBits(table.floatAt(bits)));
        }
        assertThat(Float8E4M3.fromFloat(Float.POSITIVE_INFINITY)).isEqualTo((byte) 0x7e);
        assertThat(Float8E4M3.fromFloat(Float.NaN)).isEqualTo((byte) 0x7f);
    }

    @Test
    void scalesEveryOutputChannelAsTorchDoes() {
        SafetensorsFile fixture = fixture();
        StoredTensor matrix = fixture.tensor("matrix");
        MemorySegment floats = arena.allocate(matrix.elements() * 4, 64);
        matrix.copyTo(floats);

        ServedTensor served = ServedWeights.convert(
                "model.layers.0.self_attn.q_proj.weight", matrix.shape(), floats, ServedPrecision.FP8, arena);

        assertThat(served.data().mismatch(fixture.tensor("matrix.fp8").data())).isEqualTo(-1);
        assertThat(served.scales())
                .isNotNull()
                .satisfies(scales -> assertThat(
                                scales.mismatch(fixture.tensor("matrix.scale").data()))
                        .isEqualTo(-1));
        float[] row = new float[40];
        for (int r = 0; r < 24; r++) {
            served.copyRow(r, row);
            for (int i = 0; i < 40; i++) {
                float value = matrix.floatAt(r * 40L + i);
                // Half a unit in the last place of three mantissa bits, or of the smallest subnormal.
                assertThat(row[i])
                        .isBetween(
                                value - Math.abs(value) / 15.9f - served.scale(r) * 0x1p-10f,
                                value + Math.abs(value) / 15.9f + served.scale(r) * 0x1p-10f);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void convertsAFolderByTheConvention(ServedPrecision precision) {
        ServedWeights served = load("moe-mixed-layers-sharded", precision);

        for (ServedTensor tensor : served.tensors().values()) {
            TensorType expected = switch (precision) {
                case F32 -> TensorType.F32;
                case BF16 -> TensorType.BF16;
                case FP8 ->
                    tensor.name().matches(".*\\.(q|k|v|o|gate|up|down)_proj\\.weight")
                            ? TensorType.F8_E4M3
                            : TensorType.BF16;
            };
            assertThat(tensor.type()).as(tensor.name()).isEqualTo(expected);
            assertThat(tensor.data().address() % 64).isZero();
        }
        assertThat(served.tensor("model.layers.1.mlp.gate.weight").type()).isNotEqualTo(TensorType.F8_E4M3);
        assertThat(served.tensor("lm_head.weight").type()).isNotEqualTo(TensorType.F8_E4M3);
    }

    @Test
    void servesBfloat16SourcesInBfloat16Unchanged() {
        ServedWeights served = load("moe-bf16-source", ServedPrecision.BF16);

        try (ModelWeights source = ModelWeights.open(Fixtures.folder("moe-bf16-source"))) {
            for (ServedTensor tensor : served.tensors().values()) {
                assertThat(tensor.data().mismatch(source.tensor(tensor.name()).data()))
                        .isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void givesTheSameDigestsEveryTimeAndAnotherForOneChangedByte(ServedPrecision precision) {
        ServedWeights first = load("moe-normalised", precision);
        ServedWeights second = load("moe-normalised", precision);

        for (ServedTensor tensor : first.tensors().values()) {
            ServedTensor twin = second.tensor(tensor.name());
            assertThat(twin.digest()).isEqualTo(tensor.digest()).hasSize(64);
            long last = twin.data().byteSize() - 1;
            twin.data().set(ValueLayout.JAVA_BYTE, last, (byte) (twin.data().get(ValueLayout.JAVA_BYTE, last) ^ 1));
            assertThat(twin.digest()).isNotEqualTo(tensor.digest());
        }
    }

    @Test
    void digestsScalesToo() {
        ServedTensor tensor =
                load("moe-normalised", ServedPrecision.FP8).tensor("model.layers.0.self_attn.q_proj.weight");
        String before = tensor.digest();
        MemorySegment scales = tensor.scales();

        Objects.requireNonNull(scales).setAtIndex(ValueLayout.JAVA_FLOAT, 31, 1.25f);

        assertThat(tensor.digest()).isNotEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesNumbersThatAreNotFinite(float bad) {
        MemorySegment floats = MemorySegment.ofArray(new float[] {1, 2, bad, 4});

        for (ServedPrecision precision : ServedPrecision.values()) {
            assertThatThrownBy(() ->
                            ServedWeights.convert("a.up_proj.weight", new long[] {2, 2}, floats, precision, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor 'a.up_proj.weight': expected finite numbers, found NaN or infinity");
        }
    }

    private ServedWeights load(String name, ServedPrecision precision) {
        Path folder = Fixtures.folder(name);
        ModelConfig config = ModelConfigReader.read(folder);
        try (ModelWeights source = ModelWeights.open(folder)) {
            return ServedWeights.of(source, config, precision, arena);
        }
    }

    private SafetensorsFile fixture() {
        return SafetensorsFile.open(Fixtures.folder("precision.safetensors"), arena);
    }
}
