package rl.ballast.rollout.engine;

import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.role.ServedPrecision;

/// Runs forward passes of one model and holds its weights and its KV cache. Tensors do not leave it: what it
/// gives back are logits and chosen experts.
///
/// The KV cache is `blocks()` blocks of `blockTokens()` positions each; who uses which block is the caller's
/// business. The key and value of the token at position `p` of a sequence lie in block `table[p /
/// blockTokens]`, slot `p % blockTokens`.
///
/// Threading: [#stage] may be called from any thread, also during [#forward]; everything else is called by one
/// thread. Whoever creates a backend closes it.
public interface Backend extends AutoCloseable {
    ModelConfig config();

    /// The precision in which weights are held.
    ServedPrecision precision();

    int blockTokens();

    int blocks();

    /// Builds resident buffers for `weights` beside the ones that serve. They serve nothing until [#activate].
    ///
    /// @throws EngineRefusal with `WEIGHTS_REFUSED` if a tensor is missing or has another shape or dtype than
    ///        the model
    ResidentWeights stage(EngineWeights weights);

    /// Makes staged weights the ones that [#forward] uses. The KV cache stays as it is.
    ///
    /// @return the weights that served before, for the caller to close or to activate again; null at first
    @org.jspecify.annotations.Nullable
    ResidentWeights activate(ResidentWeights weights);

    /// Feeds the rows of a batch through the model: writes their keys and values, and returns logits and
    /// experts.
    ///
    /// In every layer the keys and values of *all* rows of the batch are written before any row attends, so a
    /// segment may read a block that another segment of the same batch fills.
    ///
    /// With F32 activations on a CPU each row's bits depend only on its sequence up to it: not on the other
    /// rows, the cuts between batches, or the number of threads.
    ///
    /// @throws IllegalStateException if no weights are active
    StepOutput forward(StepBatch batch);

    @Override
    void close();
}
