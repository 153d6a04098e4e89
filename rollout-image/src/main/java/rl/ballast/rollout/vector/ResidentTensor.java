package rl.ballast.rollout.vector;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.weights.Bfloat16;
import rl.ballast.modeling.weights.Float8E4M3;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.TensorType;

/// One tensor as the forward pass reads it: a packed matrix or a plain vector of float32. Every value is
/// exactly one of its served type (before the scale), so the served bytes can be had back.
///
/// @param matrix null for a vector
/// @param vector null for a matrix
record ResidentTensor(
        String name,
        long[] shape,
        TensorType type,
        @Nullable PackedMatrix matrix,
        float @Nullable [] vector) {

    static ResidentTensor of(ServedTensor tensor) {
        if (tensor.shape().length == 1) {
            float[] vector = new float[tensor.columns()];
            decode(tensor, 0, vector);
            return new ResidentTensor(tensor.name(), tensor.shape(), tensor.type(), null, vector);
        }
        int rows = Math.toIntExact(tensor.rows());
        float[] scales = tensor.scales() == null ? null : tensor.scales().toArray(ValueLayout.JAVA_FLOAT);
        PackedMatrix matrix = new PackedMatrix(rows, tensor.columns(), scales);
        float[] row = new float[tensor.columns()];
        for (int r = 0; r < rows; r++) {
            decode(tensor, r, row);
            matrix.setRow(r, row);
        }
        return new ResidentTensor(tensor.name(), tensor.shape(), tensor.type(), matrix, null);
    }

    /// Digest of the served tensor that the resident values stand for; or, if a value is none of the served
    /// type, what is wrong (which equals no digest).
    String digest() {
        int rows = vector == null ? Math.toIntExact(shape[0]) : 1;
        int columns = Math.toIntExact(shape[shape.length - 1]);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate((long) rows * columns * type.bytes(), 8);
            float[] row = new float[columns];
            for (int r = 0; r < rows; r++) {
                float[] values = vector;
                if (values == null) {
                    requireNonNull(matrix).copyRow(r, row, 0);
                    values = row;
                }
                for (int c = 0; c < columns; c++) {
                    if (!encode(values[c], data, (long) r * columns + c)) {
                        return "%s at [%d, %d], which is no %s".formatted(values[c], r, c, type);
                    }
                }
            }
            return new ServedTensor(name, shape, type, data, scaleSegment(arena)).digest();
        }
    }

    private @Nullable MemorySegment scaleSegment(Arena arena) {
        float[] scales = matrix == null ? null : matrix.scales();
        return scales == null ? null : arena.allocateFrom(ValueLayout.JAVA_FLOAT, scales);
    }

    private static void decode(ServedTensor tensor, long row, float[] into) {
        long first = row * into.length;
        MemorySegment data = tensor.data();
        for (int i = 0; i < into.length; i++) {
            into[i] = switch (tensor.type()) {
                case BF16 -> Bfloat16.toFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, (first + i) * 2));
                case F8_E4M3 -> Float8E4M3.toFloat(data.get(ValueLayout.JAVA_BYTE, first + i));
                default -> data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (first + i) * 4);
            };
        }
    }

    /// False if the value is not exactly representable.
    private boolean encode(float value, MemorySegment data, long index) {
        float back = switch (type) {
            case BF16 -> {
                short bits = Bfloat16.fromFloat(value);
                data.setAtIndex(ValueLayout.JAVA_SHORT, index, bits);
                yield Bfloat16.toFloat(bits);
            }
            case F8_E4M3 -> {
                byte bits = Float8E4M3.fromFloat(value);
                data.set(ValueLayout.JAVA_BYTE, index, bits);
                yield Float8E4M3.toFloat(bits);
            }
            default -> {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
                yield value;
            }
        };
        return Float.floatToRawIntBits(back) == Float.floatToRawIntBits(value);
    }
}
