package rl.ballast.trainer;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.tokenizer.ChatTemplate;
import rl.ballast.modeling.tokenizer.Tokenizer;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.protocol.run.TrainingSpec;
import rl.ballast.protocol.sizing.StoreNeeds;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.progress.Progress;
import rl.ballast.trainer.reward.Verifier;
import rl.ballast.trainer.store.ModelDigest;
import rl.ballast.trainer.store.RunStore;
import rl.ballast.trainer.store.StoreRoom;

/// The learner process: puts its parts together, restores what is on disk, trains to the last step. One thread.
public final class Learner {
    private final LearnerConfig config;
    private final TrainingSpec spec;
    private final LearnerEnvironment environment;
    private volatile @Nullable Progress progress;

    public Learner(LearnerConfig config, LearnerEnvironment environment) {
        this.config = config;
        this.spec = config.training();
        this.environment = environment;
    }

    /// Runs to the end of the last step.
    ///
    /// @return the last state, checkpointed and published
    public CheckpointState run() {
        requireSupported(spec);
        Path modelFolder = Path.of(config.modelFolder());
        ModelConfig model = ModelConfigReader.read(modelFolder);
        try (var tokenizer = Tokenizer.load(modelFolder);
                var verifier = Verifier.of(spec.reward())) {
            var data = LearnerData.load(config, new Tokens(tokenizer, ChatTemplate.load(modelFolder), model), verifier);
            try (var store = RunStore.open(
                            config, ModelDigest.of(modelFolder), environment.storeLock(), environment.clock());
                    var parameters = FlatParameterStore.load(modelFolder, model);
                    var policy = environment.policies().create(config, model, parameters);
                    var arena = Arena.ofShared()) {
                var needs = StoreNeeds.of(
                        ParameterLayout.shape(model),
                        config.captureRoutes(),
                        spec.recipe(),
                        spec.checkpoint(),
                        spec.steps(),
                        data.longestPrompt());
                StoreRoom.require(needs, store.layout().root(), config.storeBytes());
                var session = new LearnerSession(config, environment, store, data, tokenizer, verifier, policy, arena);
                progress = session.progress();
                return store.whileOwned(session::run);
            }
        }
    }

    private static void requireSupported(TrainingSpec spec) {
        int lag = spec.staleness().maxPolicyLag();
        if (lag > 0) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION,
                    "staleness.maxPolicyLag: expected 0, found %d: asynchronous training is not supported yet"
                            .formatted(lag));
        }
    }

    /// Last step with a line of metrics; 0 before the first.
    public int recordedStep() {
        Progress reporting = progress;
        return reporting == null ? 0 : reporting.recordedStep();
    }

    /// Newest published version; null before the first.
    public @Nullable Long publishedVersion() {
        Progress reporting = progress;
        return reporting == null ? null : reporting.version();
    }

    /// What `GET /v1/progress` would answer now; null before the run has begun.
    public @Nullable LearnerProgress lastProgress() {
        Progress reporting = progress;
        return reporting == null ? null : reporting.snapshot();
    }
}
