package rl.ballast.protocol.trace;

import java.util.Arrays;

/// Gate weights of recorded routes, for systems where ids are not enough: `[rows][layers][topK]` in IEEE half
/// precision, in the slot order of the ids. Entries of unknown cells are 0 and mean nothing. Not thread-safe while
/// written.
public final class GateWeights {
    private final int rows;
    private final int layers;
    private final int topK;
    private final short[] halves;

    public GateWeights(int rows, int layers, int topK) {
        if (rows < 0 || layers < 1 || topK < 1) {
            throw new IllegalArgumentException("gate weights [%d][%d][%d]".formatted(rows, layers, topK));
        }
        this.rows = rows;
        this.layers = layers;
        this.topK = topK;
        this.halves = new short[Math.multiplyExact(Math.multiplyExact(rows, layers), topK)];
    }

    GateWeights(int rows, int layers, int topK, short[] halves) {
        this.rows = rows;
        this.layers = layers;
        this.topK = topK;
        this.halves = halves;
    }

    public int rows() {
        return rows;
    }

    public int layers() {
        return layers;
    }

    public int topK() {
        return topK;
    }

    public float weight(int row, int layer, int slot) {
        return Float.float16ToFloat(halves[(row * layers + layer) * topK + slot]);
    }

    /// Rounds to half precision.
    ///
    /// @throws IllegalArgumentException if the rounded value is not finite
    public void set(int row, int layer, int slot, float weight) {
        short half = Float.floatToFloat16(weight);
        if (!finite(half)) {
            throw new IllegalArgumentException(
                    "row %d, layer %d, slot %d: expected a weight that is finite in half precision, found %s"
                            .formatted(row, layer, slot, weight));
        }
        halves[(row * layers + layer) * topK + slot] = half;
    }

    /// The backing half-precision bits, `(row * layers + layer) * topK + slot`; shared, not copied.
    public short[] halfArray() {
        return halves;
    }

    static boolean finite(short half) {
        return (half & 0x7c00) != 0x7c00;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GateWeights o
                && rows == o.rows
                && layers == o.layers
                && topK == o.topK
                && Arrays.equals(halves, o.halves);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(halves);
    }
}
