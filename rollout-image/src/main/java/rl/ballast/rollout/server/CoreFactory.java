package rl.ballast.rollout.server;

import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.rollout.engine.EngineCore;

/// Makes the engine once the model is known, that is with the first weights.
@FunctionalInterface
interface CoreFactory {
    EngineCore create(ModelConfig model);
}
