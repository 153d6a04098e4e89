package rl.ballast.trainer.optimizer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import rl.ballast.modeling.weights.ParameterStore;

/// Global L2 norm of a flat float32 buffer, summed in double in one fixed order: the same bits for any number of
/// threads and any vector width.
public final class GradientNorm {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final int LANES = 8;

    private GradientNorm() {}

    /// The norm; not finite exactly when some element is not finite.
    public static double of(MemorySegment buffer, int threads) {
        long elements = buffer.byteSize() / Float.BYTES;
        var sums = new double[Chunks.count(elements)];
        Chunks.forEach(elements, threads, (chunk, from, to) -> sums[chunk] = sumOfSquares(buffer, from, to));
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return Math.sqrt(total);
    }

    /// The first tensor with an element that is not finite, with that element, for an error message.
    public static Optional<String> firstNonFinite(ParameterStore parameters, MemorySegment buffer) {
        for (var slice : parameters.slices()) {
            for (long i = 0; i < slice.elements(); i++) {
                float value = buffer.getAtIndex(FLOAT, slice.offset() + i);
                if (!Float.isFinite(value)) {
                    return Optional.of("tensor '%s', element %d: %s".formatted(slice.name(), i, value));
                }
            }
        }
        return Optional.empty();
    }

    /// L2 norm of one tensor.
    public static double of(MemorySegment buffer, ParameterStore.Slice slice) {
        return Math.sqrt(sumOfSquares(buffer, slice.offset(), slice.offset() + slice.elements()));
    }

    private static double sumOfSquares(MemorySegment buffer, long from, long to) {
        var lanes = new double[LANES];
        long i = from;
        for (; i + LANES <= to; i += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                double value = buffer.getAtIndex(FLOAT, i + lane);
                lanes[lane] += value * value;
            }
        }
        for (; i < to; i++) {
            double value = buffer.getAtIndex(FLOAT, i);
            lanes[0] += value * value;
        }
        double sum = 0;
        for (double lane : lanes) {
            sum += lane;
        }
        return sum;
    }
}
