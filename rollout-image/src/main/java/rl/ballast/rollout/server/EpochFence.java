package rl.ballast.rollout.server;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.engine.EngineRefusal;

/// Knows the newest learner epoch and turns older ones away, so that a learner that was replaced moves nothing any
/// more. Thread-safe.
final class EpochFence {
    private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
    private long newest;

    /// @param newest epoch known at the start; 0 if none
    EpochFence(long newest) {
        this.newest = newest;
    }

    /// Calls `listener` with every newer epoch, before the first call of that epoch goes on.
    void onNewer(LongConsumer listener) {
        listeners.add(listener);
    }

    /// @throws EngineRefusal `BAD_REQUEST` if `epoch` is below 1, `STALE_EPOCH` if a newer one has been seen
    synchronized void pass(long epoch) {
        if (epoch < 1) {
            throw new EngineRefusal(Reason.BAD_REQUEST, "epoch: expected at least 1, found %d".formatted(epoch));
        }
        if (epoch < newest) {
            throw new EngineRefusal(
                    Reason.STALE_EPOCH,
                    "epoch: expected %d or newer, found %d; a newer learner owns this run, stop this one"
                            .formatted(newest, epoch));
        }
        if (epoch > newest) {
            newest = epoch;
            listeners.forEach(listener -> listener.accept(epoch));
        }
    }

    synchronized long newest() {
        return newest;
    }
}
