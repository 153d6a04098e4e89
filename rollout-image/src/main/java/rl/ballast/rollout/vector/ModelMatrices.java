package rl.ballast.rollout.vector;

import org.jspecify.annotations.Nullable;

/// The resident weights in the shape of the model.
///
/// @param embedding also the output projection if `output` is the same object
record ModelMatrices(PackedMatrix embedding, Layer[] layers, float[] finalNorm, PackedMatrix output) {

    /// @param dense null in a mixture-of-experts layer
    /// @param mixture null in a dense layer
    record Layer(
            float[] inputNorm,
            PackedMatrix query,
            PackedMatrix key,
            PackedMatrix value,
            PackedMatrix attentionOutput,
            float[] queryNorm,
            float[] keyNorm,
            float[] postAttentionNorm,
            @Nullable FeedForward dense,
            @Nullable Mixture mixture) {}

    record FeedForward(PackedMatrix gate, PackedMatrix up, PackedMatrix down) {}

    record Mixture(PackedMatrix router, FeedForward[] experts) {}
}
