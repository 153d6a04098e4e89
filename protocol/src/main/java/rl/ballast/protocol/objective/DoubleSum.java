package rl.ballast.protocol.objective;

/// A sum in twice the precision of double (Neumaier), so that diagnostics do not depend on how tokens were cut into
/// micro-batches beyond the last bit. The order of calls is the order of summation: the same calls give the same bits.
final class DoubleSum {
    private double high;
    private double low;

    void add(double value) {
        double sum = high + value;
        low += Math.abs(high) >= Math.abs(value) ? (high - sum) + value : (value - sum) + high;
        high = sum;
    }

    void add(DoubleSum other) {
        add(other.high);
        low += other.low;
    }

    double value() {
        return high + low;
    }
}
