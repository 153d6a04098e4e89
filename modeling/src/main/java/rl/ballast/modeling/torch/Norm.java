package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/// Root-mean-square normalisation over the last axis, `y = w x / sqrt(mean(x^2) + eps)`, for one pass. The weight
/// broadcasts: `[hidden]` for rows, `[heads, headDim]` for heads.
final class Norm {
    private static final int[] LAST = {-1};

    private final Aten aten;
    private final NDArray weight;
    private final double eps;
    private @Nullable NDArray normalised;
    private @Nullable NDArray scale;

    Norm(Aten aten, NDArray weight, double eps) {
        this.aten = aten;
        this.weight = weight;
        this.eps = eps;
    }

    NDArray forward(NDArray x) {
        NDArray r;
        try (NDArray squares = x.square()) {
            r = squares.mean(LAST, true);
        }
        r.addi(eps);
        aten.reciprocalSqrtInPlace(r);
        NDArray n = x.mul(r);
        normalised = n;
        scale = r;
        return n.mul(weight);
    }

    /// Returns the gradient of the input.
    ///
    /// @param weightGradient receives the gradient of the weight, summed over the first axis: shape of the weight
    NDArray backward(NDArray dy, java.util.function.Consumer<NDArray> weightGradient) {
        NDArray n = java.util.Objects.requireNonNull(normalised, "forward comes first");
        NDArray r = java.util.Objects.requireNonNull(scale, "forward comes first");
        NDArray dn = dy.mul(weight);
        try (NDArray product = dy.mul(n);
                NDArray sum = product.sum(new int[] {0})) {
            weightGradient.accept(sum);
            product.muli(weight);
            try (NDArray mean = product.mean(LAST, true);
                    NDArray along = n.mul(mean)) {
                dn.subi(along);
            }
        }
        dn.muli(r);
        return dn;
    }
}
