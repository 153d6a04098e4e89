package rl.ballast.rollout.engine;

import java.util.Map;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.PolicyVersion;

/// One version's weights in a served precision, as they come from the store. The memory behind `served` must
/// stay valid until the swap's future has ended.
///
/// @param digests what the manifest promises for this precision: Hugging Face tensor name to digest
public record EngineWeights(
        PolicyVersion version, ModelConfig config, ServedWeights served, Map<String, String> digests) {
    public EngineWeights {
        digests = Map.copyOf(digests);
    }
}
