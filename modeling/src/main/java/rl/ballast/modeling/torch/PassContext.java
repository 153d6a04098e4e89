package rl.ballast.modeling.torch;

import rl.ballast.modeling.config.ModelConfig;

/// What all layers of one pass over whole sequences share.
record PassContext(RowContext rows, PackedBatch batch, RouteBook routes, CausalMasks masks) {
    ModelConfig config() {
        return rows.config();
    }

    Aten aten() {
        return rows.aten();
    }
}
