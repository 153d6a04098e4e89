package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// Cosines and sines of rotary positions, `[positions, 2 headDim]`: first the cosines, then the sines with the sign
/// of the rotation (first half negative), so that `y = x cos + swapHalves(x) sin`. Angles are float32 products as
/// in Hugging Face's code. Grows with the longest sequence seen. One thread at a time.
final class RotaryTable {
    private final NDManager manager;
    private final int headDim;
    private final float[] inverseFrequencies;
    private @Nullable NDArray table;
    private int positions;

    RotaryTable(NDManager manager, ModelConfig config) {
        this.manager = manager;
        this.headDim = config.headDim();
        this.inverseFrequencies = new float[headDim / 2];
        for (int i = 0; i < inverseFrequencies.length; i++) {
            inverseFrequencies[i] = (float) (1.0 / Math.pow(config.ropeTheta(), 2.0 * i / headDim));
        }
    }

    /// The table for at least `needed` positions.
    NDArray upTo(int needed) {
        NDArray current = table;
        if (current != null && positions >= needed) {
            return current;
        }
        if (current != null) {
            current.close();
        }
        positions = Math.max(64, Integer.highestOneBit(Math.max(needed - 1, 1)) * 2);
        NDArray created = manager.create(values(positions), new Shape(positions, 2L * headDim));
        table = created;
        return created;
    }

    private float[] values(int count) {
        int half = headDim / 2;
        float[] values = new float[Math.multiplyExact(count, 2 * headDim)];
        for (int position = 0; position < count; position++) {
            int base = position * 2 * headDim;
            for (int i = 0; i < half; i++) {
                float angle = position * inverseFrequencies[i];
                float cos = (float) Math.cos(angle);
                float sin = (float) Math.sin(angle);
                values[base + i] = cos;
                values[base + half + i] = cos;
                values[base + headDim + i] = -sin;
                values[base + headDim + half + i] = sin;
            }
        }
        return values;
    }
}
