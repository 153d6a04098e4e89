package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import rl.ballast.modeling.config.ModelConfig;

/// What row-wise parts of a layer need in one pass: everything but attention, which is another thing for whole
/// sequences and for a cache.
///
/// @param rows R, padding included
/// @param experts decides which experts the rows use
/// @param cos rotary cosines of every row, `[R, 1, headDim]`
/// @param sin rotary sines of every row with the sign of the rotation, see [RotaryTable], `[R, 1, headDim]`
record RowContext(ModelConfig config, Aten aten, int rows, ExpertChoice experts, NDArray cos, NDArray sin) {

    /// @param positions position of every row
    static RowContext of(
            ModelConfig config,
            Aten aten,
            ExpertChoice experts,
            RotaryTable rotary,
            NDManager pass,
            int[] positions,
            int maxPosition) {
        int dim = config.headDim();
        try (NDArray index = pass.create(positions)) {
            NDArray table = aten.rows(pass, rotary.upTo(maxPosition + 1), index);
            return new RowContext(
                    config,
                    aten,
                    positions.length,
                    experts,
                    Aten.slice(table, 1, 0, dim).expandDims(1),
                    Aten.slice(table, 1, dim, 2L * dim).expandDims(1));
        }
    }
}
