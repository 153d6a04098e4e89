package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;

/// `silu(g) * u`, element by element.
final class GatedUnit {
    private GatedUnit() {}

    /// silu from operations whose result for an element does not depend on where it lies: libtorch's own silu
    /// computes the last few elements of every thread's range by another exponential.
    static NDArray silu(Aten aten, NDArray g) {
        try (NDArray denominator = g.neg()) {
            aten.expInPlace(denominator);
            denominator.addi(1);
            return g.div(denominator);
        }
    }
}
