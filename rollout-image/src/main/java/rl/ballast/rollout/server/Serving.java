package rl.ballast.rollout.server;

import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.rollout.engine.EngineCore;

/// The engine once it holds weights.
///
/// @param policyVersion of the newest weights that were swapped in
/// @param manifestSha256 digest of their manifest
/// @param modelDigest of the model's configuration, as in manifests
/// @param epoch that published them
record Serving(
        EngineCore core,
        ModelConfig model,
        long policyVersion,
        String manifestSha256,
        String modelDigest,
        long epoch) {}
