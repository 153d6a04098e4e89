package rl.ballast.trainer;

import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.modeling.torch.TorchOptions;
import rl.ballast.modeling.torch.TorchPolicy;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.trainer.rollouts.EnginePool;

/// What a learner takes from its surroundings; tests put their own here.
///
/// @param configFile whose engines are read again while the learner runs; null if they stay as they are
/// @param policies makes the model that is trained
/// @param phases told of every phase
/// @param storeLock whether to lock the folder against other processes of this machine
/// @param coldStartCheckpointEvery supervised updates between checkpoints
public record LearnerEnvironment(
        @Nullable Path configFile,
        PolicyFactory policies,
        Phase.Listener phases,
        StopSignal stop,
        Clock clock,
        EnginePool.Limits limits,
        boolean storeLock,
        int coldStartCheckpointEvery) {
    /// `off` leaves the lock away, for shared volumes where the epoch alone decides.
    static final String LOCK_VARIABLE = "BALLAST_STORE_LOCK";

    private static final int COLD_START_CHECKPOINT_EVERY = 100;

    @FunctionalInterface
    public interface PolicyFactory {
        /// @param parameters of the model; the policy does not close them
        Policy create(LearnerConfig config, ModelConfig model, ParameterStore parameters);
    }

    static LearnerEnvironment ofProcess(Path configFile, StopSignal stop) {
        return new LearnerEnvironment(
                configFile,
                LearnerEnvironment::torch,
                Phase.Listener.NONE,
                stop,
                Clock.systemUTC(),
                EnginePool.Limits.DEFAULT,
                !"off".equals(System.getenv(LOCK_VARIABLE)),
                COLD_START_CHECKPOINT_EVERY);
    }

    private static Policy torch(LearnerConfig config, ModelConfig model, ParameterStore parameters) {
        return new TorchPolicy(
                model,
                parameters,
                TorchOptions.withThreads(config.computeThreads())
                        .withActivationRecompute(config.activationRecompute()));
    }
}
