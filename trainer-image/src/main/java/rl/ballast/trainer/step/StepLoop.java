package rl.ballast.trainer.step;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.TrainingSpec;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.Phase;
import rl.ballast.trainer.StopSignal;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.checkpoint.Checkpoints;
import rl.ballast.trainer.checkpoint.TrainedTensors;
import rl.ballast.trainer.publish.Publisher;
import rl.ballast.trainer.rollouts.EnginePool;
import rl.ballast.trainer.store.RunStore;

/// The loop over steps. Everything that a step decides is on disk before the next thing is built on it, in this order:
/// judged rollouts, checkpoint, published version, metrics. A crash anywhere is repaired by doing the rest again.
public final class StepLoop {
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();
    /// How often R3 runs measure the mismatch with replay off when nothing is evaluated.
    private static final int LIVE_EVERY_STEPS = 20;

    private final TrainingSpec spec;
    private final RunStore store;
    private final JudgedSteps judgedSteps;
    private final TrainStep trainStep;
    private final StepFinish finish;
    private final Checkpoints checkpoints;
    private final TrainedTensors tensors;
    private final Publisher publisher;
    private final EnginePool engines;
    private final StopSignal stop;
    private final Phase.Listener phases;
    private PhaseTimes times = new PhaseTimes();
    private int checkpointedStep;

    public StepLoop(
            TrainingSpec spec,
            RunStore store,
            JudgedSteps judgedSteps,
            TrainStep trainStep,
            StepFinish finish,
            Checkpoints checkpoints,
            TrainedTensors tensors,
            Publisher publisher,
            EnginePool engines,
            StopSignal stop,
            Phase.Listener phases) {
        this.spec = spec;
        this.store = store;
        this.judgedSteps = judgedSteps;
        this.trainStep = trainStep;
        this.finish = finish;
        this.checkpoints = checkpoints;
        this.tensors = tensors;
        this.publisher = publisher;
        this.engines = engines;
        this.stop = stop;
        this.phases = phases;
    }

    /// Trains from a complete state to the last step.
    ///
    /// @param start on disk as a checkpoint, or the state before the first step
    public CheckpointState run(CheckpointState start) {
        checkpointedStep = start.step();
        CheckpointState state = start;
        Publisher.Place version = finish.finish(state, new PhaseTimes());
        while (state.step() < spec.steps()) {
            try {
                stop.check();
                state = step(state, version);
                stop.check();
                version = finish(state);
            } catch (LearnerFailure failure) {
                saveOnStop(failure, state);
                throw failure;
            }
        }
        return state;
    }

    private CheckpointState step(CheckpointState before, Publisher.Place version) {
        int step = before.step() + 1;
        times = new PhaseTimes();
        var ready = judgedSteps.obtain(before, version, times);
        StepMetrics metrics = trainStep.train(
                ready, store.epoch(), step == 1 || step % liveEvery() == 0, before.step() > checkpointedStep, times);
        ObjectNode line = MAPPER.valueToTree(metrics);
        CheckpointState after = before.afterStep(
                step,
                tensors.optimizer().updates(),
                spec.recipe().promptsPerStep(),
                version.version().value(),
                line);
        trainStep.stepIsComplete();
        return after;
    }

    private Publisher.Place finish(CheckpointState state) {
        if (state.step() % spec.checkpoint().everySteps() == 0 || state.step() == spec.steps()) {
            phases.entered(Phase.CHECKPOINT, state.step(), 0);
            times.time("checkpoint", () -> checkpoint(state));
        }
        Publisher.Place version = finish.finish(state, times);
        phases.entered(Phase.CLEAN, state.step(), 0);
        clean(state.step(), version);
        return version;
    }

    private void checkpoint(CheckpointState state) {
        store.requireOwned();
        checkpoints.write(state, tensors);
        checkpointedStep = state.step();
        finish.checkpointed(state.step());
    }

    /// A stop loses no finished step: if the weights are those of a complete state, that state is saved.
    private void saveOnStop(LearnerFailure failure, CheckpointState state) {
        boolean worthSaving = state.step() > checkpointedStep && !trainStep.weightsMoved();
        if (failure.exitCode() == ExitCode.STOPPED && worthSaving) {
            checkpoint(state);
        }
    }

    /// Removes what neither a person has asked to keep nor the oldest checkpoint that is left would train on again.
    private void clean(int step, Publisher.Place current) {
        List<Path> kept = checkpoints.keepNewest(spec.checkpoint().keep());
        publisher.removeVersions(current.version(), spec.checkpoint().keepVersions(), engines.reportedVersions());
        if (!kept.isEmpty()) {
            CheckpointState oldest = checkpoints.state(kept.getFirst());
            Long sampledFrom = oldest.parentVersion();
            publisher.removeTraces(sampledFrom == null ? 1 : sampledFrom + 1);
            judgedSteps.removeUpTo(
                    Math.min(oldest.step(), step - spec.checkpoint().keepRollouts()));
        }
    }

    private int liveEvery() {
        var evaluation = spec.evaluation();
        return evaluation == null ? LIVE_EVERY_STEPS : evaluation.everySteps();
    }
}
