package rl.ballast.rollout.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.EngineStatus;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.protocol.wire.GenerateResponse.VersionSpan;
import rl.ballast.rollout.engine.EngineCore;
import rl.ballast.rollout.engine.EngineCounters;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.GroupRequest;
import rl.ballast.rollout.engine.GroupResult;

/// An engine whose requests end when the test says so.
final class FakeEngineCore implements EngineCore {
    final Map<String, CompletableFuture<GroupResult>> running = new LinkedHashMap<>();
    final List<GroupRequest> submitted = new ArrayList<>();
    final List<String> cancelled = new ArrayList<>();
    final List<Long> swapped = new ArrayList<>();

    @Nullable
    RuntimeException nextSwap;

    boolean paused;
    boolean draining;
    boolean closed;

    @Override
    public synchronized CompletableFuture<GroupResult> submit(GroupRequest request) {
        submitted.add(request);
        var future = new CompletableFuture<GroupResult>();
        if (draining) {
            future.completeExceptionally(new EngineRefusal(Reason.DRAINING, "draining"));
            return future;
        }
        running.put(request.requestId(), future);
        return future;
    }

    /// Ends the oldest running request with one token per seed.
    @SuppressWarnings("NullAway") // keptTokens is @Nullable, which is not read from a class file for an int[][]
    synchronized void finishOne() {
        var first = running.entrySet().iterator().next();
        running.remove(first.getKey());
        GroupRequest request = submitted.stream()
                .filter(r -> r.requestId().equals(first.getKey()))
                .findFirst()
                .orElseThrow();
        var samples = new ArrayList<GroupResult.Sample>();
        for (long seed : request.seeds()) {
            samples.add(new GroupResult.Sample(
                    new int[] {(int) seed},
                    new float[] {-0.5f},
                    List.of(new VersionSpan(1, 1)),
                    FinishReason.LENGTH,
                    null,
                    null));
        }
        first.getValue().complete(new GroupResult(request.requestId(), samples));
    }

    @Override
    public synchronized CompletableFuture<Boolean> cancel(String requestId) {
        cancelled.add(requestId);
        var future = running.remove(requestId);
        if (future != null) {
            future.completeExceptionally(new CancellationException(requestId));
        }
        return CompletableFuture.completedFuture(future != null);
    }

    @Override
    public synchronized CompletableFuture<Void> swap(EngineWeights weights) {
        RuntimeException refusal = nextSwap;
        if (refusal != null) {
            nextSwap = null;
            return CompletableFuture.failedFuture(refusal);
        }
        swapped.add(weights.version().value());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> pause() {
        paused = true;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> resume() {
        paused = false;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> drain() {
        draining = true;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized EngineCounters counters() {
        var version = swapped.isEmpty() ? null : new PolicyVersion(swapped.getLast());
        return new EngineCounters(
                EngineStatus.State.SERVING,
                version,
                running.size(),
                0,
                0,
                8,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                swapped.size(),
                0,
                null);
    }

    @Override
    public void close() {
        closed = true;
    }
}
