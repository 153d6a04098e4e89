package rl.ballast.trainer;

import java.lang.foreign.Arena;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.modeling.tokenizer.Tokenizer;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.modeling.weights.WeightPublisher;
import rl.ballast.protocol.recipe.OptimizerSpec;
import rl.ballast.protocol.recipe.ReplayDecision;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.protocol.run.TrainingSpec;
import rl.ballast.protocol.wire.client.CallPolicy;
import rl.ballast.protocol.wire.client.EngineClient;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.checkpoint.Checkpoints;
import rl.ballast.trainer.checkpoint.TrainedTensors;
import rl.ballast.trainer.coldstart.ColdStart;
import rl.ballast.trainer.coldstart.ColdStartStage;
import rl.ballast.trainer.coldstart.Demonstration;
import rl.ballast.trainer.optimizer.AdamW;
import rl.ballast.trainer.progress.LearnerMeters;
import rl.ballast.trainer.progress.Progress;
import rl.ballast.trainer.progress.ProgressServer;
import rl.ballast.trainer.publish.ProbeScores;
import rl.ballast.trainer.publish.Publisher;
import rl.ballast.trainer.publish.StoredVersions;
import rl.ballast.trainer.reward.Verifier;
import rl.ballast.trainer.rollouts.EnginePool;
import rl.ballast.trainer.rollouts.EngineRoster;
import rl.ballast.trainer.rollouts.Evaluator;
import rl.ballast.trainer.rollouts.Prompt;
import rl.ballast.trainer.rollouts.RolloutCollector;
import rl.ballast.trainer.rollouts.Seeds;
import rl.ballast.trainer.step.JudgedSteps;
import rl.ballast.trainer.step.StepFinish;
import rl.ballast.trainer.step.StepLoop;
import rl.ballast.trainer.step.TrainStep;
import rl.ballast.trainer.store.RunStore;

/// One epoch of a learner, with everything open: restores the newest state, then cold start and steps.
final class LearnerSession {
    private static final Logger LOG = LoggerFactory.getLogger("learner");

    private final LearnerConfig config;
    private final TrainingSpec spec;
    private final LearnerEnvironment environment;
    private final RunStore store;
    private final LearnerData data;
    private final Tokenizer tokenizer;
    private final Verifier verifier;
    private final Policy policy;
    private final TrainedTensors tensors;
    private final Checkpoints checkpoints;
    private final LearnerMeters meters = new LearnerMeters();
    private final Progress progress;
    private final Phase.Listener phases;

    /// @param arena for the optimizer's moments
    LearnerSession(
            LearnerConfig config,
            LearnerEnvironment environment,
            RunStore store,
            LearnerData data,
            Tokenizer tokenizer,
            Verifier verifier,
            Policy policy,
            Arena arena) {
        this.config = config;
        this.spec = config.training();
        this.environment = environment;
        this.store = store;
        this.data = data;
        this.tokenizer = tokenizer;
        this.verifier = verifier;
        this.policy = policy;
        this.tensors = new TrainedTensors(
                policy.parameters(),
                new AdamW(policy.parameters(), spec.recipe().optimizer(), config.computeThreads(), arena));
        this.checkpoints = new Checkpoints(store.layout());
        var coldStart = spec.coldStart();
        this.progress = new Progress(spec.steps(), coldStart == null ? 0 : coldStart.updates(), store.epoch(), meters);
        this.phases = (phase, step, part) -> {
            progress.entered(phase, step, part);
            environment.phases().entered(phase, step, part);
        };
    }

    Progress progress() {
        return progress;
    }

    CheckpointState run() {
        try (var server = ProgressServer.start(config.host(), config.port(), progress, meters);
                var engines = new EnginePool(roster(), client(), environment.limits(), environment.stop())) {
            LOG.info("epoch {}, progress at http://{}:{}/v1/progress", store.epoch(), config.host(), server.port());
            progress.watching(engines::engines);
            phases.entered(Phase.STARTING, 0, 0);
            CheckpointState state = restore().startedBy(store.epoch());
            var seeds = new Seeds(spec.seed(), state.seedSalt());
            var coldStart = spec.coldStart();
            if (coldStart != null && state.step() == 0) {
                state = coldStart(coldStart, seeds, state);
            }
            CheckpointState last = loop(engines, seeds).run(state);
            phases.entered(Phase.DONE, last.step(), 0);
            return last;
        }
    }

    private EngineRoster roster() {
        return EngineRoster.of(config, environment.configFile());
    }

    private Function<String, EngineClient> client() {
        var policyOfCalls = CallPolicy.learner().keepTrying(Duration.ZERO);
        return url -> new EngineClient(URI.create(url), config.token(), policyOfCalls);
    }

    private CheckpointState restore() {
        var newest = checkpoints.newest();
        if (newest.isEmpty()) {
            return CheckpointState.initial();
        }
        CheckpointState state = checkpoints.restore(newest.get(), tensors);
        tensors.optimizer().restore(state.optimizerUpdates());
        LOG.info("restored {}", newest.get().getFileName());
        return state;
    }

    private CheckpointState coldStart(TrainingSpec.ColdStart coldStart, Seeds seeds, CheckpointState state) {
        OptimizerSpec base = spec.recipe().optimizer();
        AdamW optimizer = tensors.optimizer();
        optimizer.configure(new OptimizerSpec(
                coldStart.learningRate(),
                base.beta1(),
                base.beta2(),
                base.epsilon(),
                coldStart.weightDecay(),
                coldStart.warmupUpdates(),
                0,
                0,
                coldStart.maxGradientNorm()));
        var updates =
                new ColdStart(policy, optimizer, data.demonstrations(), coldStart, seeds, config.maxMicroBatchTokens());
        CheckpointState done = new ColdStartStage(
                        updates,
                        store,
                        checkpoints,
                        tensors,
                        environment.coldStartCheckpointEvery(),
                        spec.checkpoint().keep(),
                        progress,
                        environment.stop(),
                        phases)
                .run(state);
        optimizer.configure(base);
        optimizer.reset();
        return done;
    }

    private StepLoop loop(EnginePool engines, Seeds seeds) {
        var publisher = new Publisher(
                store,
                new StoredVersions(
                        policy.parameters(),
                        new WeightPublisher(store.layout(), policy.config(), Path.of(config.modelFolder())),
                        config.precision(),
                        ProbeScores.of(policy, probeData())));
        var finish = new StepFinish(
                store,
                publisher,
                engines,
                evaluator(engines, seeds),
                spec.steps(),
                progress,
                phases,
                environment.clock());
        return new StepLoop(
                spec,
                store,
                judgedSteps(engines, seeds),
                trainStep(),
                finish,
                checkpoints,
                tensors,
                publisher,
                engines,
                environment.stop(),
                phases);
    }

    /// Whole demonstrations where there are any, else prompts.
    private List<int[]> probeData() {
        return data.demonstrations().isEmpty()
                ? data.prompts().stream().map(Prompt::tokens).toList()
                : data.demonstrations().stream().map(Demonstration::sequence).toList();
    }

    private JudgedSteps judgedSteps(EnginePool engines, Seeds seeds) {
        var collector = new RolloutCollector(
                data.prompts(),
                seeds,
                spec.recipe(),
                policy.config(),
                config.captureRoutes(),
                store.layout(),
                store.epoch(),
                engines,
                verifier,
                tokenizer::decode);
        return new JudgedSteps(
                store, collector, spec.recipe(), policy.config(), config.run().uid(), progress, phases);
    }

    private TrainStep trainStep() {
        var replay = ReplayDecision.of(
                spec.recipe(), spec.staleness().maxPolicyLag(), policy.config().mixtureOfExperts());
        LOG.info("replay {}: {}", replay.mode(), replay.reason());
        return new TrainStep(
                policy,
                spec.recipe(),
                replay,
                tensors.optimizer(),
                config.maxMicroBatchTokens(),
                config.activationRecompute(),
                environment.stop(),
                phases);
    }

    private @Nullable Evaluator evaluator(EnginePool engines, Seeds seeds) {
        var evaluation = spec.evaluation();
        return evaluation == null
                ? null
                : new Evaluator(
                        data.evaluation(),
                        evaluation,
                        spec.recipe().sampling().maxTokens(),
                        seeds,
                        policy.config(),
                        store.epoch(),
                        engines,
                        verifier,
                        tokenizer::decode);
    }
}
