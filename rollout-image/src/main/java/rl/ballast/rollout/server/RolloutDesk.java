package rl.ballast.rollout.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.GenerateResponse.Sample;
import rl.ballast.protocol.wire.GenerateResponse.TraceReference;
import rl.ballast.protocol.wire.WireJson;
import rl.ballast.rollout.engine.EngineCore;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.GroupRequest;
import rl.ballast.rollout.engine.GroupResult;

/// Takes requests for rollouts: checks them, computes a request that several callers wait for once, writes its routes,
/// and drops work that nobody waits for any more or whose learner was replaced. Thread-safe.
final class RolloutDesk {
    private final Supplier<@Nullable Serving> serving;
    private final EpochFence fence;
    private final RoutesStore routes;
    private final StoreLayout store;
    private final boolean captureRoutes;
    private final Executor writers;
    private final Map<String, Flight> flights = new HashMap<>();
    private long flightCount;

    /// @param serving null while there are no weights
    /// @param writers runs the blocking writes of routes
    RolloutDesk(
            Supplier<@Nullable Serving> serving,
            EpochFence fence,
            RoutesStore routes,
            StoreLayout store,
            boolean captureRoutes,
            Executor writers) {
        this.serving = serving;
        this.fence = fence;
        this.routes = routes;
        this.store = store;
        this.captureRoutes = captureRoutes;
        this.writers = writers;
        fence.onNewer(this::abandonOlderThan);
    }

    private record Outcome(List<Sample> samples, @Nullable TraceReference trace) {}

    /// One computation, and how many callers wait for it.
    private static final class Flight {
        final byte[] content;
        final long epoch;
        final String coreId;
        final EngineCore core;
        final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        int waiting = 1;
        /// Why it was given up; guarded by the lock on flights.
        @Nullable
        RuntimeException abandoned;

        Flight(byte[] content, long epoch, String coreId, EngineCore core) {
            this.content = content;
            this.epoch = epoch;
            this.coreId = coreId;
            this.core = core;
        }
    }

    /// One caller's place. The answer ends with [EngineRefusal] if there is none.
    final class Ticket {
        private final String requestId;
        private final Flight flight;
        private final CompletableFuture<GenerateResponse> answer;
        private boolean left;

        private Ticket(GenerateRequest request, Flight flight) {
            this.requestId = request.requestId();
            this.flight = flight;
            this.answer = flight.outcome.thenApply(outcome ->
                    new GenerateResponse(request.requestId(), request.epoch(), outcome.samples, outcome.trace));
        }

        CompletableFuture<GenerateResponse> answer() {
            return answer;
        }

        /// The caller is gone. The last one to go ends the work.
        void leave() {
            synchronized (flights) {
                if (left || flight.outcome.isDone()) {
                    return;
                }
                left = true;
                flight.waiting--;
                if (flight.waiting == 0) {
                    flights.remove(requestId, flight);
                    abandon(flight, new CancellationException("nobody waits for request '%s'".formatted(requestId)));
                }
            }
            answer.cancel(false);
        }
    }

    /// Starts a request, or joins the one that is in progress under the same id.
    ///
    /// @throws EngineRefusal with the reason for the caller
    Ticket enter(GenerateRequest request) {
        fence.pass(request.epoch());
        Serving now = serving.get();
        if (now == null) {
            throw new EngineRefusal(Reason.STALE_WEIGHTS, "the engine has no verified weights yet; announce a version");
        }
        new GenerateRules(now.model(), store, captureRoutes).check(request);
        if (now.policyVersion() < request.minPolicyVersion()) {
            throw new EngineRefusal(
                    Reason.STALE_WEIGHTS,
                    "minPolicyVersion: expected at most %d, the version in service, found %d; announce the newer one"
                            .formatted(now.policyVersion(), request.minPolicyVersion()));
        }
        byte[] content = content(request);
        synchronized (flights) {
            Flight flight = flights.get(request.requestId());
            if (flight != null) {
                return join(flight, request, content);
            }
            if (request.traceFile() != null) {
                routes.requireRoom();
            }
            return new Ticket(request, start(request, content, now));
        }
    }

    private Ticket join(Flight flight, GenerateRequest request, byte[] content) {
        if (!Arrays.equals(flight.content, content)) {
            throw new EngineRefusal(
                    Reason.BAD_REQUEST,
                    "requestId: '%s' is in progress with another content; give every request its own id"
                            .formatted(request.requestId()));
        }
        flight.waiting++;
        return new Ticket(request, flight);
    }

    private Flight start(GenerateRequest request, byte[] content, Serving now) {
        // The core may still hold an abandoned request of the same id, so it gets ids of its own.
        String coreId = "%s#%d".formatted(request.requestId(), flightCount++);
        Flight flight = new Flight(content, request.epoch(), coreId, now.core());
        flights.put(request.requestId(), flight);
        var _ = now.core()
                .submit(group(request, coreId))
                .thenApplyAsync(result -> outcome(request, result, now), writers)
                .whenComplete((outcome, failure) -> land(request.requestId(), flight, outcome, failure));
        return flight;
    }

    private Outcome outcome(GenerateRequest request, GroupResult result, Serving now) {
        // A replaced learner's routes must not overwrite those of its successor.
        fence.pass(request.epoch());
        TraceReference trace = request.traceFile() == null ? null : routes.write(request, result, now);
        List<Sample> samples = result.samples().stream()
                .map(s -> new Sample(s.tokens(), s.rolloutLogProbs(), s.versions(), s.finishReason(), s.keptTokens()))
                .toList();
        return new Outcome(samples, trace);
    }

    private void land(String requestId, Flight flight, @Nullable Outcome outcome, @Nullable Throwable failure) {
        RuntimeException abandoned;
        synchronized (flights) {
            flights.remove(requestId, flight);
            abandoned = flight.abandoned;
        }
        if (abandoned != null) {
            flight.outcome.completeExceptionally(abandoned);
        } else if (outcome != null) {
            flight.outcome.complete(outcome);
        } else if (failure != null) {
            boolean wrapped = failure instanceof CompletionException && failure.getCause() != null;
            flight.outcome.completeExceptionally(wrapped ? failure.getCause() : failure);
        }
    }

    private void abandonOlderThan(long epoch) {
        synchronized (flights) {
            List<Flight> old = flights.values().stream()
                    .filter(flight -> flight.epoch < epoch)
                    .toList();
            flights.values().removeAll(old);
            for (Flight flight : old) {
                abandon(
                        flight,
                        new EngineRefusal(
                                Reason.STALE_EPOCH,
                                "epoch: a learner of epoch %d took over while this request ran; stop this one"
                                        .formatted(epoch)));
            }
        }
    }

    /// The caller holds the lock on flights. The flight lands as soon as the core has let go of it.
    private static void abandon(Flight flight, RuntimeException why) {
        flight.abandoned = why;
        var _ = flight.core.cancel(flight.coreId);
    }

    private static GroupRequest group(GenerateRequest request, String coreId) {
        return new GroupRequest(
                coreId,
                request.promptTokens(),
                request.seeds(),
                request.temperature(),
                request.topK(),
                request.topP(),
                request.maxTokens(),
                request.stopTokens(),
                request.keepMask(),
                request.traceFile() != null);
    }

    /// What two requests of one id must have in common: all but who asks and from which version on.
    private static byte[] content(GenerateRequest r) {
        var same = new GenerateRequest(
                r.requestId(),
                0,
                0,
                r.step(),
                r.promptTokens(),
                r.seeds(),
                r.temperature(),
                r.topK(),
                r.topP(),
                r.maxTokens(),
                r.stopTokens(),
                r.keepMask(),
                r.traceFile());
        try {
            return WireJson.answers().writeValueAsBytes(same);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("a wire record could not be written", e);
        }
    }
}
