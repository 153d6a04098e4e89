package rl.ballast.rollout.server;

import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.modeling.torch.TorchUnavailable;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.rollout.engine.EngineCore;
import rl.ballast.rollout.engine.EngineRefusal;

/// Takes weights from the store into the engine, one version after the other. What is refused changes nothing: the
/// version in service serves on. Thread-safe.
final class WeightsDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WeightsDesk.class);

    private final StoredVersion.Reader reader;
    private final CoreFactory cores;
    private final EpochFence fence;
    private final ServerMetrics metrics;
    private final ReentrantLock loading = new ReentrantLock();
    private volatile @Nullable Serving serving;
    private volatile @Nullable String lastRefusal;
    private @Nullable EngineCore core;
    private boolean closed;

    WeightsDesk(StoredVersion.Reader reader, CoreFactory cores, EpochFence fence, ServerMetrics metrics) {
        this.reader = reader;
        this.cores = cores;
        this.fence = fence;
        this.metrics = metrics;
    }

    /// What is served now; null before the first verified version.
    @Nullable
    Serving serving() {
        return serving;
    }

    @Nullable
    String lastRefusal() {
        return lastRefusal;
    }

    /// Loads, proves and swaps to an announced version, and returns once it is in service. One that is in service
    /// already costs nothing.
    ///
    /// @throws EngineRefusal `STALE_EPOCH`, or `WEIGHTS_REFUSED` naming tensor and reason
    void announce(WeightsAnnouncement announcement) {
        fence.pass(announcement.epoch());
        requireComplete(announcement);
        locked(() -> {
            fence.pass(announcement.epoch());
            Serving now = serving;
            if (now != null
                    && now.policyVersion() == announcement.policyVersion()
                    && now.manifestSha256().equals(announcement.manifestSha256())) {
                return;
            }
            load(() -> announcement);
        });
    }

    /// Loads a version that nobody announced, unless one is in service already. Returns whether one is.
    ///
    /// @throws EngineRefusal `WEIGHTS_REFUSED` naming tensor and reason
    boolean loadFirst(String folder) {
        locked(() -> {
            if (serving == null) {
                load(() -> reader.describe(folder, fence.newest()));
            }
        });
        return serving != null;
    }

    private void locked(Runnable action) {
        loading.lock();
        try {
            action.run();
        } finally {
            loading.unlock();
        }
    }

    private void load(Supplier<WeightsAnnouncement> announced) {
        long start = System.nanoTime();
        Serving now = serving;
        try (StoredVersion offered = reader.open(announced.get(), now == null ? null : now.modelDigest())) {
            compare(now, offered);
            EngineCore engine = engineFor(offered);
            swap(engine, offered);
            serving = new Serving(
                    engine,
                    offered.weights().config(),
                    offered.version().value(),
                    offered.manifestSha256(),
                    offered.modelDigest(),
                    offered.epoch());
            lastRefusal = null;
            double seconds = (System.nanoTime() - start) * 1e-9;
            metrics.swapped(seconds);
            LOG.atInfo()
                    .addKeyValue("policyVersion", offered.version().value())
                    .addKeyValue("epoch", offered.epoch())
                    .addKeyValue("seconds", seconds)
                    .log("weights in service");
        } catch (EngineRefusal refusal) {
            lastRefusal = refusal.getMessage();
            metrics.swapRefused();
            throw refusal;
        }
    }

    private static void requireComplete(WeightsAnnouncement announcement) {
        if (announcement.folder() == null || announcement.manifestSha256() == null) {
            throw new EngineRefusal(
                    Reason.BAD_REQUEST,
                    "%s: expected a value, found nothing"
                            .formatted(announcement.folder() == null ? "folder" : "manifestSha256"));
        }
        if (announcement.policyVersion() < 1) {
            throw new EngineRefusal(
                    Reason.BAD_REQUEST,
                    "policyVersion: expected at least 1, found %d".formatted(announcement.policyVersion()));
        }
    }

    /// Versions and epochs of a lineage only grow. A newer version of an older epoch was published by a learner that
    /// had been replaced already.
    private static void compare(@Nullable Serving now, StoredVersion offered) {
        if (now == null) {
            return;
        }
        if (offered.version().value() <= now.policyVersion()) {
            throw refused(
                    offered, "expected a version newer than %d, which is in service".formatted(now.policyVersion()));
        }
        if (offered.epoch() < now.epoch()) {
            throw refused(
                    offered,
                    "manifest.json: epoch: expected at least %d, which published version %d, found %d; a replaced learner wrote it"
                            .formatted(now.epoch(), now.policyVersion(), offered.epoch()));
        }
    }

    private EngineCore engineFor(StoredVersion offered) {
        if (closed) {
            throw new EngineRefusal(Reason.DRAINING, "the engine is closed");
        }
        EngineCore existing = core;
        if (existing != null) {
            return existing;
        }
        try {
            EngineCore created = cores.create(offered.weights().config());
            core = created;
            return created;
        } catch (IllegalArgumentException e) {
            throw new EngineRefusal(
                    Reason.WEIGHTS_REFUSED,
                    "%s: the engine's configuration does not fit this model: %s"
                            .formatted(offered.version().folder(), e.getMessage()));
        } catch (IllegalStateException | TorchUnavailable e) {
            throw new EngineRefusal(Reason.INTERNAL, "the engine cannot work here: %s".formatted(e.getMessage()));
        }
    }

    private static void swap(EngineCore engine, StoredVersion offered) {
        try {
            engine.swap(offered.weights()).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof EngineRefusal refusal) {
                throw refusal;
            }
            throw new EngineRefusal(
                    Reason.WEIGHTS_REFUSED,
                    "%s: could not be loaded: %s"
                            .formatted(offered.version().folder(), Objects.toString(e.getCause(), "")));
        }
    }

    private static EngineRefusal refused(StoredVersion offered, String why) {
        return new EngineRefusal(
                Reason.WEIGHTS_REFUSED,
                "%s: %s; the weights in service are unchanged"
                        .formatted(offered.version().folder(), why));
    }

    /// Ends the engine and everything that runs in it.
    @Override
    public void close() {
        EngineCore existing = core;
        // Not under the lock alone: a load may wait for the core that is being closed.
        if (existing != null) {
            existing.close();
        }
        locked(() -> {
            closed = true;
            EngineCore late = core;
            if (late != null) {
                late.close();
            }
        });
    }
}
