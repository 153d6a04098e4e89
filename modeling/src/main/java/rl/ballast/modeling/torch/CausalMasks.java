package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;

/// Additive causal masks `[group * length, length]`, kept per length. One thread at a time.
final class CausalMasks {
    private final NDManager manager;
    private final int group;
    private final Map<Integer, NDArray> byLength = new HashMap<>();

    /// @param group query heads that share one key head
    CausalMasks(NDManager manager, int group) {
        this.manager = manager;
        this.group = group;
    }

    NDArray of(int length) {
        return byLength.computeIfAbsent(length, this::create);
    }

    private NDArray create(int length) {
        float[] values = new float[Math.multiplyExact(Math.multiplyExact(group, length), length)];
        for (int row = 0; row < group * length; row++) {
            for (int key = row % length + 1; key < length; key++) {
                values[row * length + key] = Float.NEGATIVE_INFINITY;
            }
        }
        return manager.create(values, new Shape((long) group * length, length));
    }
}
