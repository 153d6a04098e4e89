package rl.ballast.rollout.server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.EngineStatus;
import rl.ballast.protocol.wire.EngineStatus.State;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.rollout.engine.EngineCounters;
import rl.ballast.rollout.engine.EngineRefusal;

/// What the endpoints call: one engine, its weights and its callers. Thread-safe; whoever creates it closes it.
final class EngineServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineServer.class);
    /// For answers of calls that were cut off.
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(2);

    private final String engineId;
    private final EpochFence fence;
    private final WeightsDesk weights;
    private final RolloutDesk rollouts;
    private final ServerMetrics metrics;
    private final ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();
    private final ActiveCalls calls = new ActiveCalls();
    private volatile boolean paused;
    private volatile boolean draining;

    /// @param fence that also the weights desk was made with
    EngineServer(
            String engineId,
            StoreLayout store,
            boolean captureRoutes,
            EpochFence fence,
            WeightsDesk weights,
            RoutesStore routes,
            ServerMetrics metrics) {
        this.engineId = engineId;
        this.fence = fence;
        this.weights = weights;
        this.metrics = metrics;
        this.rollouts = new RolloutDesk(weights::serving, fence, routes, store, captureRoutes, writers);
        metrics.observe(this::counters, fence::newest);
    }

    /// @throws EngineRefusal with the reason for the caller
    RolloutDesk.Ticket generate(GenerateRequest request) {
        fence.pass(request.epoch());
        if (draining) {
            throw new EngineRefusal(Reason.DRAINING, "the engine is draining and takes no new requests; ask another");
        }
        return rollouts.enter(request);
    }

    EngineStatus announce(WeightsAnnouncement announcement) {
        boolean first = weights.serving() == null;
        weights.announce(announcement);
        if (first) {
            applyControls();
        }
        return status();
    }

    /// Loads the version in `folder` if none is in service.
    boolean loadFirst(String folder) {
        boolean served = weights.loadFirst(folder);
        applyControls();
        return served;
    }

    EngineStatus pause(long epoch) {
        fence.pass(epoch);
        paused = true;
        applyControls();
        return status();
    }

    EngineStatus resume(long epoch) {
        fence.pass(epoch);
        paused = false;
        applyControls();
        return status();
    }

    /// New requests are refused from now on, for good; what runs is finished.
    EngineStatus drain(long epoch) {
        fence.pass(epoch);
        var _ = drain();
        return status();
    }

    /// Completes when nothing runs any more.
    CompletableFuture<Void> drain() {
        draining = true;
        Serving now = weights.serving();
        return now == null
                ? CompletableFuture.completedFuture(null)
                : now.core().drain();
    }

    /// Brings an engine that has just come into being to the state that was asked for before.
    private void applyControls() {
        Serving now = weights.serving();
        if (now == null) {
            return;
        }
        (paused ? now.core().pause() : now.core().resume()).join();
        if (draining) {
            var _ = now.core().drain();
        }
    }

    EngineStatus status() {
        Serving now = weights.serving();
        EngineCounters counters = counters();
        if (now == null || counters == null) {
            State state = draining ? State.DRAINING : State.WAITING_FOR_WEIGHTS;
            return new EngineStatus(engineId, state, null, null, fence.newest(), 0, 0, 0, weights.lastRefusal());
        }
        State state = draining ? State.DRAINING : paused ? State.PAUSED : State.SERVING;
        return new EngineStatus(
                engineId,
                state,
                now.policyVersion(),
                now.manifestSha256(),
                fence.newest(),
                counters.runningSequences(),
                counters.waitingSequences(),
                counters.generatedTokens(),
                weights.lastRefusal());
    }

    /// Why the engine can do no work any more and must be started again; null while it can.
    @Nullable
    String failure() {
        EngineCounters counters = counters();
        return counters == null ? null : counters.failure();
    }

    /// Whether requests are welcome: a verified version is held and nothing is ending.
    boolean ready() {
        return weights.serving() != null && !draining && failure() == null;
    }

    /// The body of the answer to a call that was refused.
    EngineError error(EngineRefusal refusal) {
        metrics.refused(refusal.reason());
        boolean stale = refusal.reason() == Reason.STALE_WEIGHTS || refusal.reason() == Reason.STALE_EPOCH;
        Serving now = weights.serving();
        return new EngineError(
                refusal.reason(),
                String.valueOf(refusal.getMessage()),
                stale && now != null ? now.policyVersion() : null,
                stale ? fence.newest() : null);
    }

    ServerMetrics metrics() {
        return metrics;
    }

    ActiveCalls calls() {
        return calls;
    }

    /// Lets what runs come to its end, for at most `limit`, then ends the engine. Callers that still wait then are told
    /// that the engine drains.
    void shutDown(Duration limit) throws InterruptedException {
        var _ = drain();
        boolean finished = calls.awaitIdle(limit);
        LOG.atInfo().addKeyValue("finished", finished).log("engine drained");
        close();
        calls.awaitIdle(FLUSH_LIMIT);
    }

    private @Nullable EngineCounters counters() {
        Serving now = weights.serving();
        return now == null ? null : now.core().counters();
    }

    /// Ends everything; callers that still wait are told that the engine drains.
    @Override
    public void close() {
        draining = true;
        weights.close();
        writers.close();
    }
}
