package rl.ballast.rollout.engine;

import java.util.Map;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;

/// One version's weights in a served precision, as they come from the store.
public interface EngineWeights {
    PolicyVersion version();

    ModelConfig config();

    ServedPrecision precision();

    /// What the manifest promises for this precision: Hugging Face tensor name to digest.
    Map<String, String> digests();
}
