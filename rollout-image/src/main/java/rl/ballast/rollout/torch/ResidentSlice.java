package rl.ballast.rollout.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.weights.Bfloat16;
import rl.ballast.modeling.weights.Float8E4M3;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.TensorType;

/// One tensor in the buffer that is computed with, and what is needed to have its served bytes back.
///
/// @param values float32, row-major; for FP8 the decoded byte times the scale of its row
/// @param scales of the rows of an FP8 matrix, else null
record ResidentSlice(String name, long[] shape, TensorType type, MemorySegment values, float @Nullable [] scales) {

    /// Writes the values of a served tensor into `values`.
    static ResidentSlice fill(ServedTensor tensor, MemorySegment values) {
        float[] row = new float[tensor.columns()];
        for (long r = 0; r < tensor.rows(); r++) {
            tensor.copyRow(r, row);
            MemorySegment.copy(row, 0, values, ValueLayout.JAVA_FLOAT, r * row.length * Float.BYTES, row.length);
        }
        MemorySegment scales = tensor.scales();
        return new ResidentSlice(
                tensor.name(),
                tensor.shape(),
                tensor.type(),
                values,
                scales == null ? null : scales.toArray(ValueLayout.JAVA_FLOAT));
    }

    /// Digest of the served tensor that the values stand for now; or, if a value is none of the served type, what is
    /// wrong (which equals no digest).
    String digest() {
        long elements = values.byteSize() / Float.BYTES;
        long columns = shape[shape.length - 1];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(elements * type.bytes(), 8);
            for (long i = 0; i < elements; i++) {
                float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                float scale = scales == null ? 1 : scales[Math.toIntExact(i / columns)];
                float back = encode(value, scale, data, i);
                if (Float.floatToRawIntBits(back) != Float.floatToRawIntBits(value)) {
                    return "%s at element %d, which is no %s".formatted(value, i, type);
                }
            }
            MemorySegment scaleSegment = scales == null ? null : arena.allocateFrom(ValueLayout.JAVA_FLOAT, scales);
            return new ServedTensor(name, shape, type, data, scaleSegment).digest();
        }
    }

    private float encode(float value, float scale, MemorySegment data, long index) {
        return switch (type) {
            case BF16 -> {
                short bits = Bfloat16.fromFloat(value);
                data.setAtIndex(ValueLayout.JAVA_SHORT, index, bits);
                yield Bfloat16.toFloat(bits);
            }
            case F8_E4M3 -> {
                byte bits = Float8E4M3.fromFloat(value / scale);
                data.set(ValueLayout.JAVA_BYTE, index, bits);
                yield Float8E4M3.toFloat(bits) * scale;
            }
            default -> {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
                yield value;
            }
        };
    }
}
