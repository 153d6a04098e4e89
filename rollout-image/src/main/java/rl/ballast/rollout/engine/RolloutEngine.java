package rl.ballast.rollout.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.EngineStatus;
import rl.ballast.rollout.schedule.Admission;

/// [EngineCore] over a [Backend]: a queue of commands, one compute thread that alternates between them and
/// steps, and one thread that loads weights meanwhile.
public final class RolloutEngine implements EngineCore {
    private final Backend backend;
    private final EngineSettings settings;
    private final BehaviourCheck behaviour;
    private final RequestCheck check;
    private final Generation generation;
    private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final Deque<StagedSwap> swaps = new ArrayDeque<>();
    private final Queue<Runnable> outcomes = new ConcurrentLinkedQueue<>();
    private final List<CompletableFuture<Void>> drains = new ArrayList<>();
    private final ExecutorService completions = Executors.newVirtualThreadPerTaskExecutor();
    private final ExecutorService stager = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("ballast-weights").factory());
    private final Thread compute;
    private @Nullable ResidentWeights serving;
    private boolean paused;
    private boolean draining;
    private boolean closed;
    private long swapCount;
    private long refusedSwaps;
    private @Nullable String failure;
    private volatile EngineCounters counters;

    private RolloutEngine(Backend backend, EngineSettings settings, BehaviourBase base) {
        this.backend = backend;
        this.settings = settings;
        behaviour = new BehaviourCheck(base);
        check = new RequestCheck(backend.config(), Math.multiplyExact(backend.blocks(), backend.blockTokens()));
        generation = new Generation(backend, settings, new Generation.Listener() {
            @Override
            public void completed(PendingGroup group) {
                finish(group.future(), group::result);
            }

            @Override
            public void failed(PendingGroup group, RuntimeException cause) {
                fail(group.future(), cause);
            }
        });
        counters = snapshot();
        compute = Thread.ofPlatform().daemon().name("ballast-engine").unstarted(this::loop);
    }

    /// Starts an engine without weights. It owns the backend from here on.
    public static RolloutEngine start(Backend backend, EngineSettings settings) {
        return start(backend, settings, BehaviourBase.inMemory());
    }

    /// The same, with the base of behaviour probes that the run has already.
    public static RolloutEngine start(Backend backend, EngineSettings settings, BehaviourBase base) {
        RolloutEngine engine = new RolloutEngine(backend, settings, base);
        engine.compute.start();
        return engine;
    }

    @Override
    public CompletableFuture<GroupResult> submit(GroupRequest request) {
        CompletableFuture<GroupResult> future = new CompletableFuture<>();
        post(future, () -> {
            refuseUnlessOpen();
            if (serving == null) {
                throw new EngineRefusal(
                        Reason.STALE_WEIGHTS, "the engine has no verified weights yet; announce a version");
            }
            check.check(request);
            if (generation.inProgress(request.requestId())) {
                throw new EngineRefusal(
                        Reason.BAD_REQUEST, "request '%s' is in progress already".formatted(request.requestId()));
            }
            generation.add(new PendingGroup(request, future), check.longest(request));
        });
        return future;
    }

    @Override
    public CompletableFuture<Boolean> cancel(String requestId) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        post(done, () -> {
            PendingGroup group = generation.remove(requestId);
            if (group != null) {
                fail(group.future(), new CancellationException("request '%s' was cancelled".formatted(requestId)));
            }
            finish(done, () -> group != null);
        });
        return done;
    }

    @Override
    public CompletableFuture<Void> swap(EngineWeights weights) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            stager.execute(() -> stage(weights, done));
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(closedRefusal());
        }
        return done;
    }

    /// On the loading thread.
    private void stage(EngineWeights weights, CompletableFuture<Void> done) {
        try {
            ResidentWeights staged = StagedSwap.stage(backend, weights);
            post(done, () -> enqueue(new StagedSwap(staged, weights.probe(), done)));
        } catch (RuntimeException e) {
            post(done, () -> {
                refusedSwaps++;
                throw e;
            });
        }
    }

    private void enqueue(StagedSwap swap) {
        ResidentWeights newest = swaps.isEmpty() ? serving : swaps.getLast().weights();
        if (closed || (newest != null && swap.weights().version().compareTo(newest.version()) < 0)) {
            refusedSwaps++;
            swap.weights().close();
            throw closed || newest == null
                    ? closedRefusal()
                    : new EngineRefusal(
                            Reason.WEIGHTS_REFUSED,
                            "policy version %d is older than version %d in service; versions only grow"
                                    .formatted(
                                            swap.weights().version().value(),
                                            newest.version().value()));
        }
        swaps.addLast(swap);
    }

    @Override
    public CompletableFuture<Void> pause() {
        return command(() -> paused = true);
    }

    @Override
    public CompletableFuture<Void> resume() {
        return command(() -> paused = false);
    }

    @Override
    public CompletableFuture<Void> drain() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(done, () -> {
            draining = true;
            drains.add(done);
        });
        return done;
    }

    @Override
    public EngineCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        stager.shutdown();
        commands.add(() -> closed = true);
        boolean interrupted = false;
        while (compute.isAlive()) {
            try {
                compute.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        completions.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Commands that the compute thread has not taken yet; for tests.
    int queuedCommands() {
        return commands.size();
    }

    private CompletableFuture<Void> command(Runnable action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(done, () -> {
            refuseIfClosed();
            action.run();
            finish(done, () -> null);
        });
        return done;
    }

    /// Runs `action` on the compute thread; what it throws ends `future`.
    private void post(CompletableFuture<?> future, Runnable action) {
        commands.add(() -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                fail(future, e);
            }
        });
        if (!compute.isAlive()) {
            runLeftOvers();
        }
    }

    /// After the compute thread has ended: whoever still comes is refused.
    private synchronized void runLeftOvers() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        deliver();
    }

    private void loop() {
        try {
            while (!closed) {
                boolean moved = failure == null && advance();
                settle();
                Runnable command = moved ? commands.poll() : commands.take();
                for (; command != null; command = commands.poll()) {
                    command.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            shutDown();
        }
    }

    /// Answers whom it concerns, before the next step takes its time.
    private void settle() {
        completeDrains();
        counters = snapshot();
        deliver();
    }

    /// Swaps if it is time to, and runs one step. False if there was nothing to do.
    private boolean advance() {
        try {
            boolean swapped = activateSwaps();
            settle();
            if (paused || serving == null || generation.idle()) {
                return swapped;
            }
            Admission admission = swaps.isEmpty() ? Admission.ALL : Admission.STARTED;
            if (!generation.step(serving.version(), admission)) {
                throw new IllegalStateException("requests are waiting but none can run");
            }
            return true;
        } catch (RuntimeException | Error e) {
            stop(e);
            return false;
        }
    }

    private boolean activateSwaps() {
        boolean any = false;
        while (!swaps.isEmpty() && (settings.swapPolicy() != SwapPolicy.FinishOnOld || !generation.anyStarted())) {
            StagedSwap swap = swaps.removeFirst();
            ResidentWeights before = backend.activate(swap.weights());
            any = true;
            if (misbehaves(swap, before)) {
                continue;
            }
            serving = swap.weights();
            if (before != null) {
                before.close();
            }
            generation.swapped(serving.version(), settings.swapPolicy() == SwapPolicy.RecomputeCache);
            swapCount++;
            finish(swap.future(), () -> null);
        }
        return any;
    }

    /// Scores the probe with weights that are active and do not serve yet. If they are refused, those of before are
    /// active again; the very first ones just never serve.
    private boolean misbehaves(StagedSwap swap, @Nullable ResidentWeights before) {
        BehaviourProbe probe = swap.probe();
        if (probe == null) {
            return false;
        }
        PolicyVersion version = swap.weights().version();
        try {
            behaviour.check(version, probe, tokens -> generation.score(version, tokens));
            return false;
        } catch (EngineRefusal refusal) {
            refusedSwaps++;
            if (before != null) {
                backend.activate(before);
                swap.weights().close();
            }
            fail(swap.future(), refusal);
            return true;
        }
    }

    /// A forward pass failed: what it left in the cache is unknown, so nothing goes on.
    private void stop(Throwable cause) {
        failure = Objects.toString(cause.getMessage(), cause.toString());
        EngineRefusal refusal = new EngineRefusal(Reason.INTERNAL, "the engine has stopped: " + failure);
        refusal.initCause(cause);
        generation.removeAll().forEach(group -> fail(group.future(), refusal));
    }

    private void completeDrains() {
        if (generation.idle()) {
            drains.forEach(done -> finish(done, () -> null));
            drains.clear();
        }
    }

    private void shutDown() {
        closed = true;
        generation.removeAll().forEach(group -> fail(group.future(), closedRefusal()));
        swaps.forEach(swap -> {
            swap.weights().close();
            fail(swap.future(), closedRefusal());
        });
        swaps.clear();
        completeDrains();
        if (serving != null) {
            serving.close();
        }
        backend.close();
        counters = snapshot();
        runLeftOvers();
    }

    private void refuseUnlessOpen() {
        refuseIfClosed();
        if (draining) {
            throw new EngineRefusal(Reason.DRAINING, "the engine is draining and takes no new requests; ask another");
        }
        if (failure != null) {
            throw new EngineRefusal(Reason.INTERNAL, "the engine has stopped: " + failure);
        }
    }

    private void refuseIfClosed() {
        if (closed) {
            throw closedRefusal();
        }
    }

    private static EngineRefusal closedRefusal() {
        return new EngineRefusal(Reason.DRAINING, "the engine is closed");
    }

    private EngineCounters snapshot() {
        Work work = generation.work();
        PolicyVersion version = serving == null ? null : serving.version();
        return new EngineCounters(
                state(),
                version,
                work.runningSequences(),
                work.waitingSequences(),
                work.usedBlocks(),
                backend.blocks(),
                work.finishedSequences(),
                work.generatedTokens(),
                work.steps(),
                work.promptRows(),
                work.decodeRows(),
                work.prefixHitTokens(),
                work.preemptions(),
                swapCount,
                refusedSwaps,
                failure);
    }

    private EngineStatus.State state() {
        if (draining || closed) {
            return EngineStatus.State.DRAINING;
        }
        if (serving == null) {
            return EngineStatus.State.WAITING_FOR_WEIGHTS;
        }
        return paused ? EngineStatus.State.PAUSED : EngineStatus.State.SERVING;
    }

    private <T extends @Nullable Object> void finish(CompletableFuture<T> future, Supplier<? extends T> result) {
        outcomes.add(() -> future.complete(result.get()));
    }

    private void fail(CompletableFuture<?> future, RuntimeException cause) {
        outcomes.add(() -> future.completeExceptionally(cause));
    }

    /// Ends futures, after the counters say what they will find.
    private void deliver() {
        for (Runnable outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
            try {
                completions.execute(outcome);
            } catch (RejectedExecutionException e) {
                outcome.run();
            }
        }
    }
}
