package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;

/// The second half of a decoder layer in one pass; `backward` follows at most one `forward`.
sealed interface Mlp permits FeedForward, MixtureOfExperts {
    /// @param x `[R, hidden]`
    NDArray forward(NDArray x);

    /// Adds the gradients of the weights; returns that of the input.
    NDArray backward(NDArray dy);
}
