package rl.ballast.modeling.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// One tensor as an engine computes with it. A matrix is `[rows, columns]` with one row per output channel; a
/// vector is one row. Valid as long as its arena.
///
/// @param type F32, BF16 or F8_E4M3
/// @param data little-endian, row-major
/// @param scales for F8_E4M3 one float32 per row: the weight is the decoded byte times the scale; else null
public record ServedTensor(
        String name,
        long[] shape,
        TensorType type,
        MemorySegment data,
        @Nullable MemorySegment scales) {

    /// @throws IllegalArgumentException if type, shape, data and scales do not fit
    public ServedTensor {
        if (!(type == TensorType.F32 || type == TensorType.BF16 || type == TensorType.F8_E4M3)) {
            throw new IllegalArgumentException("%s: expected F32, BF16 or F8_E4M3, found %s".formatted(name, type));
        }
        long elements = 1;
        for (long size : shape) {
            elements = Math.multiplyExact(elements, size);
        }
        if (shape.length < 1 || shape.length > 2 || data.byteSize() != elements * type.bytes()) {
            throw new IllegalArgumentException(
                    "%s: %d bytes of data for %d elements of %s".formatted(name, data.byteSize(), elements, type));
        }
        boolean scaled = type == TensorType.F8_E4M3;
        if (scaled != (scales != null) || (scales != null && scales.byteSize() != rows(shape) * 4)) {
            throw new IllegalArgumentException(
                    "%s: expected scales for %d rows with F8_E4M3 only".formatted(name, rows(shape)));
        }
    }

    public long rows() {
        return rows(shape);
    }

    public int columns() {
        return Math.toIntExact(shape[shape.length - 1]);
    }

    /// Scale of a row: 1 unless the type has scales.
    public float scale(long row) {
        return scales == null ? 1 : scales.getAtIndex(ValueLayout.JAVA_FLOAT, row);
    }

    /// Dequantises one row: float32 product of decoded element and scale.
    ///
    /// @param target at least `columns()` long
    public void copyRow(long row, float[] target) {
        int columns = columns();
        long first = row * columns;
        switch (type) {
            case F32 -> MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, first * 4, target, 0, columns);
            case BF16 -> {
                for (int i = 0; i < columns; i++) {
                    target[i] = Bfloat16.toFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, (first + i) * 2));
                }
            }
            case F8_E4M3 -> {
                float scale = scale(row);
                for (int i = 0; i < columns; i++) {
                    target[i] = Float8E4M3.toFloat(data.get(ValueLayout.JAVA_BYTE, first + i)) * scale;
                }
            }
            default -> throw new IllegalStateException(type.name());
        }
    }

    /// [TensorDigest] of what is in memory now.
    public String digest() {
        return TensorDigest.of(name, type, shape, data, scales);
    }

    private static long rows(long[] shape) {
        return shape.length == 1 ? 1 : shape[0];
    }
}
