package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;

/// The second half of a decoder layer in one pass; `backward` follows at most one `forward`.
sealed interface Mlp permits FeedForward, MixtureOfExperts {
    static Mlp of(RowContext context, LayerWeights weights) {
        Parameter router = weights.router();
        return router == null
                ? new FeedForward(context.aten(), weights.experts().getFirst())
                : new MixtureOfExperts(context, weights, router);
    }

    /// @param x `[R, hidden]`
    NDArray forward(NDArray x);

    /// Adds the gradients of the weights; returns that of the input.
    NDArray backward(NDArray dy);
}
