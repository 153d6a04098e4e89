package rl.ballast.modeling.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore.Slice;
import rl.ballast.protocol.role.ServedPrecision;

/// A model's weights in a served precision. The conversion is one deterministic function of the float32 values,
/// used by the learner (for the digests in a manifest) and by every engine (for what it computes with):
///
/// - `F32`: every tensor as it is.
/// - `BF16`: every tensor rounded to bfloat16, to nearest, ties to even.
/// - `FP8`: q, k, v, o, dense MLP and expert projections in E4M3 with one scale per output channel (row), `scale
///   = max |w| / 448` in float32 (1 for a row of zeros, at least the smallest normal float), element = `E4M3(w /
///   scale)`, to nearest, ties to even, saturating; router, norms, embedding and output projection in bfloat16.
///
/// @param tensors by name, in the order of [ParameterLayout]
public record ServedWeights(ServedPrecision precision, Map<String, ServedTensor> tensors) {
    private static final long ALIGNMENT = 64;

    /// Converts all tensors of a folder into memory of `arena`, each 64-byte aligned.
    ///
    /// @throws InvalidModel if the folder does not hold exactly the tensors of the model, or a value is NaN or
    ///        infinite
    public static ServedWeights of(ModelWeights source, ModelConfig config, ServedPrecision precision, Arena arena) {
        ParameterLayout layout = ParameterLayout.of(config);
        FlatParameterStore.check(source, config, layout);
        Map<String, ServedTensor> tensors = new LinkedHashMap<>();
        for (Slice slice : layout.slices()) {
            StoredTensor stored = source.tensor(slice.name());
            try (Arena scratch = Arena.ofConfined()) {
                MemorySegment floats = scratch.allocate(slice.elements() * 4, ALIGNMENT);
                stored.copyTo(floats);
                tensors.put(slice.name(), convert(slice.name(), slice.shape(), floats, precision, arena));
            }
        }
        return new ServedWeights(precision, Collections.unmodifiableMap(tensors));
    }

    /// The type that a tensor has in a served precision.
    public static TensorType typeOf(String name, ServedPrecision precision) {
        return switch (precision) {
            case F32 -> TensorType.F32;
            case BF16 -> TensorType.BF16;
            case FP8 -> name.endsWith("_proj.weight") ? TensorType.F8_E4M3 : TensorType.BF16;
        };
    }

    /// Converts one tensor.
    ///
    /// @param floats float32 in native order; copied, also for F32
    /// @throws IllegalArgumentException if a value is NaN or infinite
    public static ServedTensor convert(
            String name, long[] shape, MemorySegment floats, ServedPrecision precision, SegmentAllocator allocator) {
        long elements = floats.byteSize() / 4;
        TensorType type = typeOf(name, precision);
        MemorySegment data = allocator.allocate(elements * type.bytes(), ALIGNMENT);
        return switch (type) {
            case F32 -> {
                checkFinite(name, floats);
                MemorySegment.copy(floats, 0, data, 0, floats.byteSize());
                yield new ServedTensor(name, shape, type, data, null);
            }
            case BF16 -> {
                checkFinite(name, floats);
                for (long i = 0; i < elements; i++) {
                    float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    data.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.fromFloat(value));
                }
                yield new ServedTensor(name, shape, type, data, null);
            }
            default -> {
                MemorySegment scales = allocator.allocate(shape[0] * 4, ALIGNMENT);
                long columns = shape[1];
                for (long row = 0; row < shape[0]; row++) {
                    float scale = scale(name, floats, row * columns, columns);
                    scales.setAtIndex(ValueLayout.JAVA_FLOAT, row, scale);
                    for (long i = row * columns; i < (row + 1) * columns; i++) {
                        float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                        data.set(ValueLayout.JAVA_BYTE, i, Float8E4M3.fromFloat(value / scale));
                    }
                }
                yield new ServedTensor(name, shape, type, data, scales);
            }
        };
    }

    /// @throws IllegalArgumentException if the model has no such tensor
    public ServedTensor tensor(String name) {
        ServedTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("the model has no tensor '%s'".formatted(name));
        }
        return tensor;
    }

    private static float scale(String name, MemorySegment floats, long first, long columns) {
        float largest = 0;
        for (long i = first; i < first + columns; i++) {
            // max hands a NaN on
            largest = Math.max(largest, Math.abs(floats.getAtIndex(ValueLayout.JAVA_FLOAT, i)));
        }
        if (!(largest <= Float.MAX_VALUE)) {
            throw notFinite(name);
        }
        return largest == 0 ? 1 : Math.max(largest / Float8E4M3.LARGEST, Float.MIN_NORMAL);
    }

    private static void checkFinite(String name, MemorySegment floats) {
        boolean finite = true;
        for (long i = 0, n = floats.byteSize() / 4; i < n; i++) {
            finite &= Math.abs(floats.getAtIndex(ValueLayout.JAVA_FLOAT, i)) <= Float.MAX_VALUE;
        }
        if (!finite) {
            throw notFinite(name);
        }
    }

    private static IllegalArgumentException notFinite(String name) {
        return new IllegalArgumentException(
                "tensor '%s': expected finite numbers, found NaN or infinity".formatted(name));
    }
}
