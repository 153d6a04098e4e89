package rl.ballast.rollout.vector;

import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// Activations of one forward pass. Grows to the largest batch seen and is then used again and again.
///
/// Legend: R rows, H hidden, Q heads * headDim, C kvHeads * headDim, F width of a dense MLP, E experts, K
/// chosen experts, I width of an expert.
final class Workspace {
    private final ModelConfig config;
    private final int mixtureLayers;
    private int rows;

    /// `[R]`
    int[] positions = {};
    /// `[R]` block table of each row
    int[][] tables = {};
    /// `[R]` offsets r * H
    int[] hiddenAt = {};
    /// `[R]` offsets r * Q
    int[] queryAt = {};
    /// `[R]` offsets r * F
    int[] wideAt = {};
    /// `[R][H]`
    float[] hidden = {};
    /// `[R][H]`
    float[] normed = {};
    /// `[R][Q]`
    float[] query = {};
    /// `[R][C]`
    float[] key = {};
    /// `[R][C]`
    float[] value = {};
    /// `[R][Q]`
    float[] attended = {};
    /// `[R][H]`
    float[] projected = {};
    /// `[R][F]`
    float[] gate = {};
    /// `[R][F]`
    float[] up = {};
    /// `[R][E]`
    float[] routerLogits = {};
    /// `[R * K]` offset r * H of the row of each assignment, sorted by expert
    int[] assignedAt = {};
    /// `[R][K]` place of each (row, slot) among the sorted assignments
    int[] placeOf = {};
    /// `[R * K][H]` outputs of the experts, sorted by expert
    float[] expertOut = {};
    /// `[R][M][K]`
    int[] experts = {};
    /// `[R][M][K]`
    float[] gateWeights = {};

    Workspace(ModelConfig config) {
        this.config = config;
        this.mixtureLayers = config.moeLayerIndices().length;
    }

    void ensure(int wanted) {
        if (wanted <= rows) {
            return;
        }
        rows = wanted;
        int h = config.hiddenSize();
        int q = config.heads() * config.headDim();
        int c = config.kvHeads() * config.headDim();
        positions = new int[rows];
        tables = new int[rows][];
        hidden = floats(h);
        normed = floats(h);
        query = floats(q);
        key = floats(c);
        value = floats(c);
        attended = floats(q);
        projected = floats(h);
        hiddenAt = offsets(h);
        queryAt = offsets(q);
        if (mixtureLayers < config.layers()) {
            gate = floats(config.intermediateSize());
            up = floats(config.intermediateSize());
            wideAt = offsets(config.intermediateSize());
        }
        if (mixtureLayers > 0) {
            ensureMixture();
        }
    }

    private void ensureMixture() {
        int k = config.expertsPerToken();
        routerLogits = floats(config.numExperts());
        assignedAt = new int[Math.multiplyExact(rows, k)];
        placeOf = new int[rows * k];
        expertOut = floats(k * config.hiddenSize());
        experts = new int[Math.multiplyExact(rows * k, mixtureLayers)];
        gateWeights = new float[experts.length];
    }

    private float[] floats(int perRow) {
        return new float[Math.multiplyExact(rows, perRow)];
    }

    private int[] offsets(int stride) {
        int[] at = new int[rows];
        for (int r = 0; r < rows; r++) {
            at[r] = r * stride;
        }
        return at;
    }

    /// Memory of one worker.
    static final class Scratch {
        final Multiply multiply = new Multiply();
        final Attention attention;
        final @Nullable Router router;
        float[] gate = {};
        float[] up = {};

        Scratch(ModelConfig config) {
            attention = new Attention(config);
            router = config.mixtureOfExperts() ? new Router(config) : null;
        }
    }
}
