package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import rl.ballast.modeling.config.ModelConfig;

/// What all layers of one pass share.
///
/// @param cos rotary cosines of every row, `[R, 1, headDim]`
/// @param sin rotary sines of every row with the sign of the rotation, see [RotaryTable], `[R, 1, headDim]`
record PassContext(
        ModelConfig config,
        Aten aten,
        PackedBatch batch,
        RouteBook routes,
        CausalMasks masks,
        NDArray cos,
        NDArray sin) {}
