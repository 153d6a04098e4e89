package rl.ballast.rollout.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.PolicyVersion;

/// One version's weights in a served precision, as they come from the store. The memory behind `served` must
/// stay valid until the swap's future has ended.
///
/// @param digests what the manifest promises for this precision: Hugging Face tensor name to digest
/// @param probe what the forward pass must say with these weights; null if the publisher did not
public record EngineWeights(
        PolicyVersion version,
        ModelConfig config,
        ServedWeights served,
        Map<String, String> digests,
        @Nullable BehaviourProbe probe) {
    public EngineWeights {
        digests = Map.copyOf(digests);
    }

    /// Weights without a probe.
    public EngineWeights(PolicyVersion version, ModelConfig config, ServedWeights served, Map<String, String> digests) {
        this(version, config, served, digests, null);
    }
}
