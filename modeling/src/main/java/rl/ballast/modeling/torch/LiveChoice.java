package rl.ballast.modeling.torch;

import rl.ballast.modeling.config.ModelConfig;

/// The router's own choice for the first rows of a pass, recorded; the rest are padding.
final class LiveChoice implements ExpertChoice {
    private final ModelConfig config;
    private final int rows;
    private final int paddedRows;
    private final int layers;
    private final int topK;
    private final int[] experts;
    private final float[] gates;

    LiveChoice(ModelConfig config, int rows, int paddedRows) {
        this.config = config;
        this.rows = rows;
        this.paddedRows = paddedRows;
        this.layers = config.moeLayerIndices().length;
        this.topK = config.expertsPerToken();
        this.experts = new int[Math.multiplyExact(rows, layers * topK)];
        this.gates = new float[experts.length];
    }

    @Override
    public Used use(int moeLayer, float[] probabilities) {
        int count = config.numExperts();
        Used used = Used.padding(paddedRows, topK);
        int[] top = new int[topK];
        for (int r = 0; r < rows; r++) {
            ExpertChoice.topK(probabilities, r * count, count, top);
            System.arraycopy(top, 0, used.experts(), r * topK, topK);
            used.weigh(r, topK, probabilities, count, config.normTopkProb());
            int cell = (r * layers + moeLayer) * topK;
            System.arraycopy(top, 0, experts, cell, topK);
            System.arraycopy(used.weights(), r * topK, gates, cell, topK);
        }
        return used;
    }

    /// `[rows][layers][k]` flat, ascending.
    int[] experts() {
        return experts;
    }

    /// Gate weights, laid out like the experts.
    float[] gates() {
        return gates;
    }
}
