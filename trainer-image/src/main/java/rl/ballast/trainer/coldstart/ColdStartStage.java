package rl.ballast.trainer.coldstart;

import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.Phase;
import rl.ballast.trainer.StopSignal;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.checkpoint.Checkpoints;
import rl.ballast.trainer.checkpoint.TrainedTensors;
import rl.ballast.trainer.progress.ColdStartLine;
import rl.ballast.trainer.progress.Progress;
import rl.ballast.trainer.store.RunStore;

/// Runs the supervised updates from a restored state to the last, with checkpoints between.
public final class ColdStartStage {
    /// Updates between two lines of `coldstart.jsonl`.
    private static final int LOG_EVERY = 10;

    private final ColdStart coldStart;
    private final RunStore store;
    private final Checkpoints checkpoints;
    private final TrainedTensors tensors;
    private final int checkpointEvery;
    private final int keep;
    private final Progress progress;
    private final StopSignal stop;
    private final Phase.Listener phases;

    public ColdStartStage(
            ColdStart coldStart,
            RunStore store,
            Checkpoints checkpoints,
            TrainedTensors tensors,
            int checkpointEvery,
            int keep,
            Progress progress,
            StopSignal stop,
            Phase.Listener phases) {
        this.coldStart = coldStart;
        this.store = store;
        this.checkpoints = checkpoints;
        this.tensors = tensors;
        this.checkpointEvery = checkpointEvery;
        this.keep = keep;
        this.progress = progress;
        this.stop = stop;
        this.phases = phases;
    }

    /// @return the state after the last update, checkpointed
    public CheckpointState run(CheckpointState start) {
        CheckpointState state = start;
        int last = coldStart.updates();
        while (state.coldStartUpdates() < last) {
            if (stop.requested()) {
                checkpoint(state);
                throw new LearnerFailure(
                        ExitCode.STOPPED,
                        "stopped by a signal after cold-start update %d".formatted(state.coldStartUpdates()));
            }
            int update = state.coldStartUpdates() + 1;
            phases.entered(Phase.COLD_START, 0, update);
            ColdStartLine line = coldStart.update(update, store.epoch());
            state = state.afterColdStart(update, tensors.optimizer().updates());
            if (update == 1 || update % LOG_EVERY == 0 || update == last) {
                store.coldStart().append(line);
                progress.coldStart(line);
            }
            if (update % checkpointEvery == 0 || update == last) {
                phases.entered(Phase.CHECKPOINT, 0, update);
                checkpoint(state);
            }
        }
        return state;
    }

    private void checkpoint(CheckpointState state) {
        if (state.coldStartUpdates() == 0) {
            return;
        }
        store.requireOwned();
        checkpoints.write(state, tensors);
        checkpoints.keepNewest(keep);
    }
}
