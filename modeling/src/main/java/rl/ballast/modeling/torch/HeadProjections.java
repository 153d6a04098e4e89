package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// Queries, keys and values of one layer in one pass: projection, normalisation of every query and key head, rotary
/// positions.
///
/// Shapes: R rows, H query heads, K key heads, D head dimension.
final class HeadProjections {
    private final RowContext context;
    private final LayerWeights weights;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private @Nullable NDArray input;
    private @Nullable Norm norm;

    /// @param queriesKeys `[R, H + K, D]`, rotated
    /// @param values `[R, K, D]`, a view
    record Projected(NDArray queriesKeys, NDArray values) {}

    HeadProjections(RowContext context, LayerWeights weights) {
        ModelConfig config = context.config();
        this.context = context;
        this.weights = weights;
        this.heads = config.heads();
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
    }

    /// @param x `[R, hidden]`
    Projected forward(NDArray x) {
        NDArray fused =
                x.matMul(weights.queryKeyValue().transposed()).reshape(context.rows(), heads + 2L * kvHeads, headDim);
        Norm headNorm = new Norm(
                context.aten(), normWeight(x.getManager()), context.config().rmsNormEps());
        input = x;
        norm = headNorm;
        try (NDArray normed = headNorm.forward(Aten.slice(fused, 1, 0, heads + kvHeads))) {
            return new Projected(rotate(normed, false), Aten.slice(fused, 1, heads + kvHeads, heads + 2L * kvHeads));
        }
    }

    /// Adds the gradients of the weights.
    ///
    /// @param dQueriesKeys gradient of the rotated queries and keys; closed here
    /// @param dFused `[R, H + 2 K, D]` with the gradients of the values in its last K heads; the others are filled
    ///        here
    /// @return gradient of the input
    NDArray backward(NDArray dQueriesKeys, NDArray dFused) {
        Aten aten = context.aten();
        try (NDArray dNormed = rotate(dQueriesKeys, true)) {
            dQueriesKeys.close();
            try (NDArray unrotated = requireNonNull(norm, "forward comes first").backward(dNormed, this::addNorms)) {
                aten.copy(Aten.slice(dFused, 1, 0, heads + kvHeads), unrotated);
            }
        }
        NDArray flat = dFused.reshape(context.rows(), (heads + 2L * kvHeads) * headDim);
        aten.addMm(weights.queryKeyValue().gradient(), flat.transpose(), requireNonNull(input));
        return flat.matMul(weights.queryKeyValue().value());
    }

    private void addNorms(NDArray gradient) {
        weights.queryNorm().gradient().addi(Aten.slice(gradient, 0, 0, heads).sum(new int[] {0}));
        weights.keyNorm()
                .gradient()
                .addi(Aten.slice(gradient, 0, heads, heads + kvHeads).sum(new int[] {0}));
    }

    /// `x cos + swapHalves(x) sin`; its inverse, which is also its gradient, has the sines negated.
    private NDArray rotate(NDArray x, boolean inverse) {
        NDArray result = x.mul(context.cos());
        long half = headDim / 2;
        try (NDArray swapped =
                NDArrays.concat(new NDList(Aten.slice(x, 2, half, headDim), Aten.slice(x, 2, 0, half)), 2)) {
            swapped.muli(context.sin());
            return inverse ? result.subi(swapped) : result.addi(swapped);
        }
    }

    private NDArray normWeight(NDManager manager) {
        NDArray q = context.aten().alias(manager, weights.queryNorm().value());
        NDArray k = context.aten().alias(manager, weights.keyNorm().value());
        return NDArrays.concat(
                new NDList(q.broadcast(new Shape(heads, headDim)), k.broadcast(new Shape(kvHeads, headDim))), 0);
    }
}
