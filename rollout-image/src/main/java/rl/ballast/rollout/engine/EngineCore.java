package rl.ballast.rollout.engine;

import java.util.concurrent.CompletableFuture;

/// A rollout engine without its server. All methods may be called from any thread; one compute thread does the
/// work. Futures complete on other threads than that one.
public interface EngineCore extends AutoCloseable {
    /// Starts sampling.
    ///
    /// The future ends with [EngineRefusal] if the request is invalid or can never fit (`BAD_REQUEST`), the
    /// engine drains or is closed (`DRAINING`), or has no verified weights yet (`STALE_WEIGHTS`); with
    /// [java.util.concurrent.CancellationException] after [#cancel].
    CompletableFuture<GroupResult> submit(GroupRequest request);

    /// Ends a request early; true if it was in progress.
    CompletableFuture<Boolean> cancel(String requestId);

    /// Loads and proves weights, then swaps to them between two steps. Requests in progress go on as the swap
    /// policy says.
    ///
    /// The future ends with [EngineRefusal] `WEIGHTS_REFUSED` naming the tensor if the resident buffers are not
    /// what the manifest promises; the old weights serve on. Swaps happen in the order of the calls.
    CompletableFuture<Void> swap(EngineWeights weights);

    /// Stops before the next step; requests wait.
    CompletableFuture<Void> pause();

    CompletableFuture<Void> resume();

    /// Refuses new requests; completes when none is left.
    CompletableFuture<Void> drain();

    /// A snapshot; costs nothing.
    EngineCounters counters();

    /// Ends all requests with [EngineRefusal] `DRAINING` and frees the backend.
    @Override
    void close();
}
