package rl.ballast.protocol.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Grows a table of routes as its bytes arrive, so that a length in a damaged header allocates nothing.
final class RoutesBuilder {
    private final int layers;
    private final int topK;
    private final boolean withWeights;
    private short[] ids = new short[0];
    private boolean[] valid = new boolean[0];
    private short[] halves = new short[0];
    private int capacity;

    RoutesBuilder(int layers, int topK, boolean withWeights) {
        this.layers = layers;
        this.topK = topK;
        this.withWeights = withWeights;
    }

    /// Makes room for `rows` rows in all; doubles, but not beyond `declared` rows.
    void ensure(int rows, int declared) {
        if (rows <= capacity) {
            return;
        }
        capacity = (int) Math.min(declared, Math.max(rows, 2L * capacity));
        int cells = Math.multiplyExact(capacity, layers);
        ids = Arrays.copyOf(ids, Math.multiplyExact(cells, topK));
        valid = Arrays.copyOf(valid, cells);
        if (withWeights) {
            halves = Arrays.copyOf(halves, cells * topK);
        }
    }

    short[] ids() {
        return ids;
    }

    boolean[] valid() {
        return valid;
    }

    /// Null without gate weights.
    short @Nullable [] halves() {
        return withWeights ? halves : null;
    }

    /// The finished table; the builder must not be used any more.
    Routes routes(int rows) {
        return new Routes(rows, layers, topK, exact(ids, rows * layers * topK), exact(valid, rows * layers));
    }

    /// The finished gate weights, null without.
    @Nullable
    GateWeights weights(int rows) {
        return withWeights ? new GateWeights(rows, layers, topK, exact(halves, rows * layers * topK)) : null;
    }

    private static short[] exact(short[] values, int length) {
        return values.length == length ? values : Arrays.copyOf(values, length);
    }

    private static boolean[] exact(boolean[] values, int length) {
        return values.length == length ? values : Arrays.copyOf(values, length);
    }
}
