package rl.ballast.modeling.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import rl.ballast.modeling.config.InvalidModel;

/// One tensor of a safetensors file, mapped into memory (nothing is read before it is used). Valid until the
/// arena of its file is closed.
///
/// @param shape sizes, outermost first; empty for a scalar
/// @param data little-endian elements in row-major order, possibly unaligned, read-only
/// @param file where it lies, for messages
public record StoredTensor(String name, TensorType type, long[] shape, MemorySegment data, Path file) {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    public long elements() {
        return data.byteSize() / type.bytes();
    }

    /// Element `index` as a float.
    ///
    /// @throws InvalidModel if the type is not F32, F16 or BF16
    public float floatAt(long index) {
        return switch (type) {
            case F32 -> data.get(FLOAT, index * 4);
            case BF16 -> Bfloat16.toFloat(data.get(SHORT, index * 2));
            case F16 -> Float.float16ToFloat(data.get(SHORT, index * 2));
            default -> throw notWeights();
        };
    }

    /// Converts all elements to float32 in `target` (native order, `elements() * 4` bytes).
    ///
    /// @throws InvalidModel if the type is not F32, F16 or BF16, or an element is NaN or infinite
    public void copyTo(MemorySegment target) {
        if (target.byteSize() != elements() * 4) {
            throw new IllegalArgumentException(
                    "%s: target of %d bytes for %d elements".formatted(name, target.byteSize(), elements()));
        }
        if (!type.holdsWeights()) {
            throw notWeights();
        }
        boolean finite = true;
        for (long i = 0, n = elements(); i < n; i++) {
            float value = floatAt(i);
            finite &= Math.abs(value) <= Float.MAX_VALUE;
            target.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        if (!finite) {
            throw new InvalidModel(file, name, "finite numbers", "NaN or infinity");
        }
    }

    private InvalidModel notWeights() {
        return new InvalidModel(file, name, "dtype F32, F16 or BF16", type.name());
    }

    @Override
    public String toString() {
        return "%s %s %s of %s".formatted(name, type, Arrays.toString(shape), file);
    }
}
