package rl.ballast.rollout.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.GenerateResponse.TraceReference;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.GroupResult;

class RolloutDeskTest {
    private static final String TRACE = "traces/v000005/a.trace";

    private final FakeEngineCore core = new FakeEngineCore();
    private final EpochFence fence = new EpochFence(1);
    private final FakeRoutes routes = new FakeRoutes();
    private final ArrayDeque<Runnable> later = new ArrayDeque<>();
    private @Nullable Serving serving = new Serving(core, Requests.model(true), 5, "digest", "model", 1);
    private final RolloutDesk desk =
            new RolloutDesk(() -> serving, fence, routes, new StoreLayout(Path.of("/store")), true, later::add);

    private static final class FakeRoutes implements RoutesStore {
        int written;
        boolean full;

        @Override
        public void requireRoom() {
            if (full) {
                throw new EngineRefusal(Reason.STORE_FULL, "no room");
            }
        }

        @Override
        public TraceReference write(GenerateRequest request, GroupResult result, Serving now) {
            requireRoom();
            written++;
            return new TraceReference(String.valueOf(request.traceFile()), 17, "00");
        }
    }

    private void finishOne() {
        core.finishOne();
        runLater();
    }

    private void runLater() {
        while (!later.isEmpty()) {
            later.removeFirst().run();
        }
    }

    private static Reason reason(RolloutDesk.Ticket ticket) {
        try {
            ticket.answer().join();
            throw new AssertionError("expected a refusal");
        } catch (CompletionException e) {
            return ((EngineRefusal) Objects.requireNonNull(e.getCause())).reason();
        }
    }

    @Test
    void answersWithSamplesInTheOrderOfTheSeedsAndTheTrace() {
        var ticket = desk.enter(Requests.request("a", 1, 5, TRACE));
        finishOne();

        GenerateResponse answer = ticket.answer().join();

        assertThat(answer.samples()).extracting(s -> s.tokens()[0]).containsExactly(11, 12);
        assertThat(answer.trace()).isEqualTo(new TraceReference(TRACE, 17, "00"));
        assertThat(core.submitted.getFirst().captureRoutes()).isTrue();
    }

    @Test
    void refusesWithItsOwnVersionWhenItIsBelowTheOneAskedFor() {
        assertThatThrownBy(() -> desk.enter(Requests.request("a", 1, 6, null)))
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE_WEIGHTS))
                .hasMessageContaining("at most 5");
        assertThat(core.submitted).isEmpty();
    }

    @Test
    void refusesBeforeItHasWeights() {
        serving = null;

        assertThatThrownBy(() -> desk.enter(Requests.request("a")))
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE_WEIGHTS));
    }

    @Test
    void computesARequestThatTwoCallersWaitForOnce() {
        var first = desk.enter(Requests.request("a", 1, 5, TRACE));
        var second = desk.enter(Requests.request("a", 1, 4, TRACE));
        finishOne();

        assertThat(core.submitted).hasSize(1);
        assertThat(routes.written).isEqualTo(1);
        assertThat(second.answer().join().samples())
                .isEqualTo(first.answer().join().samples());
    }

    @Test
    void computesARepeatedRequestAgainOnceTheFirstWasAnswered() {
        desk.enter(Requests.request("a"));
        finishOne();
        var again = desk.enter(Requests.request("a"));
        finishOne();

        assertThat(core.submitted).hasSize(2);
        assertThat(again.answer()).isCompleted();
    }

    @Test
    void refusesAnotherRequestUnderAnIdInProgress() {
        desk.enter(Requests.request("a"));

        assertThatThrownBy(() -> desk.enter(Requests.request("a", 1, 1, TRACE)))
                .hasMessageContaining("requestId: 'a' is in progress with another content");
    }

    @Test
    void dropsTheWorkWhenTheLastCallerIsGone() {
        var first = desk.enter(Requests.request("a"));
        var second = desk.enter(Requests.request("a"));

        first.leave();
        first.leave();
        assertThat(core.cancelled).isEmpty();
        second.leave();

        assertThat(core.cancelled).containsExactly("a#0");
        assertThat(first.answer()).isCancelled();
        var third = desk.enter(Requests.request("a"));
        assertThat(core.submitted).hasSize(2);
        finishOne();
        assertThat(third.answer()).isCompleted();
    }

    @Test
    void endsTheWorkOfALearnerThatWasReplaced() {
        var old = desk.enter(Requests.request("a", 1, 1, TRACE));

        var successor = desk.enter(Requests.request("a", 2, 1, TRACE));
        runLater();

        assertThat(core.cancelled).containsExactly("a#0");
        assertThat(reason(old)).isEqualTo(Reason.STALE_EPOCH);
        finishOne();
        assertThat(successor.answer().join().epoch()).isEqualTo(2);
        assertThat(routes.written).isEqualTo(1);
        assertThatThrownBy(() -> desk.enter(Requests.request("b", 1, 1, null)))
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(Reason.STALE_EPOCH));
    }

    @Test
    void writesNoRoutesOfALearnerThatWasReplacedAfterItsLastToken() {
        var old = desk.enter(Requests.request("a", 1, 1, TRACE));
        core.finishOne();
        fence.pass(2);
        runLater();

        assertThat(routes.written).isZero();
        assertThat(reason(old)).isEqualTo(Reason.STALE_EPOCH);
    }

    @Test
    void asksForRoomBeforeTheWorkAndSaysSoWhenTheRoutesFoundNone() {
        var ticket = desk.enter(Requests.request("a", 1, 1, TRACE));
        routes.full = true;
        finishOne();

        assertThat(reason(ticket)).isEqualTo(Reason.STORE_FULL);
        assertThatThrownBy(() -> desk.enter(Requests.request("b", 1, 1, TRACE))).hasMessage("no room");
        assertThat(core.submitted).hasSize(1);
    }

    @Test
    void handsOnWhatTheEngineRefuses() {
        core.draining = true;
        var ticket = desk.enter(Requests.request("a"));
        runLater();

        assertThat(reason(ticket)).isEqualTo(Reason.DRAINING);
    }
}
