package rl.ballast.modeling.config;

/// The shape and numerics of a decoder-only model in the Hugging Face manner (Qwen3 and Qwen3-MoE).
///
/// @param family which architecture
/// @param numExperts 0 for a dense model
/// @param moeLayer per layer: true if its MLP is a mixture of experts
/// @param intermediateSize width of dense MLPs
/// @param expertIntermediateSize width of one expert
/// @param normTopkProb gate weights of the chosen experts are renormalised to 1
/// @param tieWordEmbeddings the output projection is the embedding
/// @param maxPositions longest sequence
/// @param eosTokens ids that end a response
public record ModelConfig(
        Family family,
        int vocabSize,
        int hiddenSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int intermediateSize,
        int numExperts,
        int expertsPerToken,
        int expertIntermediateSize,
        boolean normTopkProb,
        boolean[] moeLayer,
        double rmsNormEps,
        double ropeTheta,
        boolean tieWordEmbeddings,
        int maxPositions,
        int[] eosTokens) {

    public enum Family {
        QWEN3,
        QWEN3_MOE
    }

    public boolean mixtureOfExperts() {
        return moeLayerIndices().length > 0;
    }

    /// Global indices of the mixture-of-experts layers, ascending.
    public int[] moeLayerIndices() {
        return java.util.stream.IntStream.range(0, layers)
                .filter(i -> moeLayer[i])
                .toArray();
    }
}
