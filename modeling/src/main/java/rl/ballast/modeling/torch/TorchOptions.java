package rl.ballast.modeling.torch;

/// How a [TorchPolicy] computes. None of these changes a forward result.
///
/// @param computeThreads threads of one tensor operation
/// @param activationRecompute keep only the input of every layer and run the layer again in the backward pass
/// @param maxRowsPerPass token rows that [Policy#score] feeds at once; longer lists are split
/// @param maxLogitElements elements of one `[tokens, vocabulary]` block of logits
public record TorchOptions(int computeThreads, boolean activationRecompute, int maxRowsPerPass, int maxLogitElements) {
    public TorchOptions {
        if (computeThreads < 1 || maxRowsPerPass < 1 || maxLogitElements < 1) {
            throw new IllegalArgumentException("torch options: threads %d, rows %d, logits %d: all must be at least 1"
                    .formatted(computeThreads, maxRowsPerPass, maxLogitElements));
        }
    }

    public static TorchOptions withThreads(int computeThreads) {
        return new TorchOptions(computeThreads, false, 4096, 1 << 22);
    }

    public TorchOptions withActivationRecompute(boolean recompute) {
        return new TorchOptions(computeThreads, recompute, maxRowsPerPass, maxLogitElements);
    }
}
