package rl.ballast.modeling.config;

import java.util.stream.IntStream;

/// The shape and numerics of a decoder-only model in the Hugging Face manner (Qwen3 and Qwen3-MoE). Arrays are
/// shared, not copied: do not change them. Equal if [ModelConfigWriter] writes the same.
///
/// @param family which architecture
/// @param numExperts 0 for a dense model
/// @param expertsPerToken 0 for a dense model
/// @param moeLayer per layer: true if its MLP is a mixture of experts
/// @param intermediateSize width of dense MLPs; may be 0 where every layer is a mixture of experts
/// @param expertIntermediateSize width of one expert; 0 for a dense model
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
        QWEN3("Qwen3ForCausalLM", "qwen3"),
        QWEN3_MOE("Qwen3MoeForCausalLM", "qwen3_moe");

        private final String architecture;
        private final String modelType;

        Family(String architecture, String modelType) {
            this.architecture = architecture;
            this.modelType = modelType;
        }

        /// The class name in `architectures` of config.json.
        public String architecture() {
            return architecture;
        }

        /// `model_type` of config.json.
        public String modelType() {
            return modelType;
        }
    }

    /// @throws IllegalArgumentException naming the component
    public ModelConfig {
        atLeast("vocabSize", vocabSize, 2);
        atLeast("hiddenSize", hiddenSize, 1);
        atLeast("layers", layers, 1);
        atLeast("heads", heads, 1);
        atLeast("kvHeads", kvHeads, 1);
        atLeast("headDim", headDim, 2);
        atLeast("maxPositions", maxPositions, 1);
        check(heads % kvHeads == 0, "kvHeads", "a divisor of heads %d".formatted(heads), kvHeads);
        check(headDim % 2 == 0, "headDim", "an even number", headDim);
        check(moeLayer.length == layers, "moeLayer", "%d layers".formatted(layers), moeLayer.length);
        check(rmsNormEps > 0 && Double.isFinite(rmsNormEps), "rmsNormEps", "above 0", rmsNormEps);
        check(ropeTheta > 0 && Double.isFinite(ropeTheta), "ropeTheta", "above 0", ropeTheta);
        long mixtures = count(moeLayer);
        if (mixtures < layers) {
            atLeast("intermediateSize", intermediateSize, 1);
        }
        if (mixtures > 0) {
            check(family == Family.QWEN3_MOE, "moeLayer", "no mixture of experts in " + family, mixtures);
            atLeast("numExperts", numExperts, 2);
            atLeast("expertIntermediateSize", expertIntermediateSize, 1);
            check(
                    expertsPerToken >= 1 && expertsPerToken <= numExperts,
                    "expertsPerToken",
                    "1 to numExperts %d".formatted(numExperts),
                    expertsPerToken);
        }
        for (int id : eosTokens) {
            check(id >= 0 && id < vocabSize, "eosTokens", "ids in 0..%d".formatted(vocabSize - 1), id);
        }
    }

    public boolean mixtureOfExperts() {
        return count(moeLayer) > 0;
    }

    /// Global indices of the mixture-of-experts layers, ascending.
    public int[] moeLayerIndices() {
        return IntStream.range(0, layers).filter(i -> moeLayer[i]).toArray();
    }

    /// The same model with other ids that end a response.
    public ModelConfig withEosTokens(int... ids) {
        return new ModelConfig(
                family,
                vocabSize,
                hiddenSize,
                layers,
                heads,
                kvHeads,
                headDim,
                intermediateSize,
                numExperts,
                expertsPerToken,
                expertIntermediateSize,
                normTopkProb,
                moeLayer,
                rmsNormEps,
                ropeTheta,
                tieWordEmbeddings,
                maxPositions,
                ids);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelConfig config
                && ModelConfigWriter.toJson(this).equals(ModelConfigWriter.toJson(config));
    }

    @Override
    public int hashCode() {
        return ModelConfigWriter.toJson(this).hashCode();
    }

    private static long count(boolean[] flags) {
        return IntStream.range(0, flags.length).filter(i -> flags[i]).count();
    }

    private static void atLeast(String name, int value, int least) {
        check(value >= least, name, "at least %d".formatted(least), value);
    }

    private static void check(boolean holds, String name, String expected, Number found) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "model configuration: %s: expected %s, found %s".formatted(name, expected, found));
        }
    }
}
