package rl.ballast.trainer.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.Epochs;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.protocol.store.PublishedWeights;
import rl.ballast.protocol.store.RunIdentity;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.store.StoreLock;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.checkpoint.Checkpoints;

/// The run's folder, opened by one learner: identity checked, locked (one machine), fenced by an epoch (everywhere).
/// Thread-safe. Closing releases the lock.
public final class RunStore implements AutoCloseable {
    private final StoreLayout layout;
    private final @Nullable StoreLock lock;
    private final long epoch;
    private final Clock clock;
    private final JsonLines events;
    private final JsonLines metrics;
    private final JsonLines coldStart;

    private RunStore(StoreLayout layout, @Nullable StoreLock lock, long epoch, Clock clock) {
        this.layout = layout;
        this.lock = lock;
        this.epoch = epoch;
        this.clock = clock;
        this.events = JsonLines.open(layout.events());
        this.metrics = JsonLines.open(layout.metrics());
        this.coldStart = JsonLines.open(layout.coldStartMetrics());
    }

    /// Opens the store for a new epoch.
    ///
    /// @param modelDigest of the initial model
    /// @param withLock false on a shared volume, where the epoch alone decides
    /// @throws StoreException.Refused if it belongs to another run or model, is in use, or holds a run and
    ///         `config.resume()` is false
    public static RunStore open(LearnerConfig config, String modelDigest, boolean withLock, Clock clock) {
        var layout = new StoreLayout(Path.of(config.store()));
        StoreLock lock = withLock ? StoreLock.take(layout) : null;
        boolean opened = false;
        try {
            var run = config.run();
            var mine = new RunIdentity(
                    run.uid(),
                    run.name(),
                    run.specDigest(),
                    modelDigest,
                    clock.instant().toString(),
                    RunIdentity.FORMAT_VERSION);
            var adoption = config.resume() ? RunIdentity.Adoption.CHANGED_SPEC : RunIdentity.Adoption.NONE;
            RunIdentity.Opened identity = RunIdentity.open(layout, mine, adoption);
            if (!config.resume()) {
                requireUnused(layout);
            }
            var store = new RunStore(layout, lock, Epochs.of(layout).next(), clock);
            opened = true;
            store.sweep();
            if (!identity.adopted().isEmpty()) {
                store.event("Adopted", "Resume", String.join("; ", identity.adopted()));
            }
            return store;
        } finally {
            if (!opened && lock != null) {
                lock.close();
            }
        }
    }

    private static void requireUnused(StoreLayout layout) {
        boolean trained = new Checkpoints(layout).newest().isPresent();
        if (trained || !new PublishedWeights(layout).versions().isEmpty()) {
            throw new StoreException.Refused(
                    "%s: expected a folder without a run, found checkpoints or weights; resume it (--resume) or choose another folder"
                            .formatted(layout.root()));
        }
    }

    /// Removes what crashed writers left.
    private void sweep() {
        for (Path folder : new Path[] {layout.root(), layout.checkpoints(), layout.weights(), layout.rollouts()}) {
            if (Files.isDirectory(folder)) {
                AtomicFiles.cleanLeftovers(folder);
            }
        }
    }

    public StoreLayout layout() {
        return layout;
    }

    public long epoch() {
        return epoch;
    }

    public JsonLines metrics() {
        return metrics;
    }

    public JsonLines coldStart() {
        return coldStart;
    }

    /// Called before anything is moved that others see.
    ///
    /// @throws LearnerFailure with `REPLACED` if a newer learner owns the run
    public void requireOwned() {
        long newest = Epochs.of(layout).newest().orElse(0);
        if (newest != epoch) {
            throw new LearnerFailure(
                    ExitCode.REPLACED,
                    "%s: this learner is epoch %d, found epoch %d; a newer learner owns the run"
                            .formatted(layout.epochs(), epoch, newest));
        }
    }

    /// Does a learner's work. What the store refuses to a learner that has been replaced meanwhile, it refuses for
    /// that reason.
    ///
    /// @throws LearnerFailure with `REPLACED` instead of a [StoreException], if a newer learner owns the run
    public <T> T whileOwned(Supplier<T> work) {
        try {
            return work.get();
        } catch (StoreException refused) {
            requireOwned();
            throw refused;
        }
    }

    /// Adds a line to `events.jsonl`.
    ///
    /// @param reason for programs
    /// @param message for people
    public void event(String type, String reason, String message) {
        var line = new LinkedHashMap<String, Object>();
        line.put("time", clock.instant().toString());
        line.put("epoch", epoch);
        line.put("type", type);
        line.put("reason", reason);
        line.put("message", message);
        events.append(line);
    }

    @Override
    public void close() {
        events.close();
        metrics.close();
        coldStart.close();
        if (lock != null) {
            lock.close();
        }
    }
}
