package rl.ballast.protocol.objective;

/// Mean and range of some values; all NaN when there were none.
///
/// @param mean arithmetic mean
/// @param min smallest
/// @param max largest
public record Spread(double mean, double min, double max) {

    /// Collects values. Not thread-safe.
    static final class Accumulator {
        private final DoubleSum sum = new DoubleSum();
        private double min = Double.POSITIVE_INFINITY;
        private double max = Double.NEGATIVE_INFINITY;
        private long count;

        void add(double value) {
            sum.add(value);
            min = Math.min(min, value);
            max = Math.max(max, value);
            count++;
        }

        void add(Accumulator other) {
            sum.add(other.sum);
            min = Math.min(min, other.min);
            max = Math.max(max, other.max);
            count += other.count;
        }

        Spread spread() {
            return count == 0
                    ? new Spread(Double.NaN, Double.NaN, Double.NaN)
                    : new Spread(sum.value() / count, min, max);
        }
    }
}
