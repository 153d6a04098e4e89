package rl.ballast.rollout.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.EngineStatus.State;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;

class EngineLifecycleTest {
    private final FakeBackend backend = new FakeBackend(8);
    private final RolloutEngine engine =
            RolloutEngine.start(backend, new EngineSettings(4, 16, SwapPolicy.RecomputeCache));

    @AfterEach
    void close() {
        backend.letAllRun();
        engine.close();
    }

    @Test
    void refusesRequestsBeforeTheFirstWeights() {
        assertThat(engine.counters().state()).isEqualTo(State.WAITING_FOR_WEIGHTS);
        assertRefused(() -> engine.submit(request("a", 4)).join(), Reason.STALE_WEIGHTS, "no verified weights yet");
    }

    @Test
    void refusesWhatItCannotServe() {
        serve();
        int[] prompt = {1, 2};
        long[] seeds = {1};
        int[] none = {};
        assertBad(
                new GroupRequest("a", none, seeds, 1, 0, 1, 4, none, false, true),
                "promptTokens: expected at least one");
        assertBad(
                new GroupRequest("a", new int[] {1, 64}, seeds, 1, 0, 1, 4, none, false, true),
                "promptTokens[1]: expected a token id below 64, found 64");
        assertBad(
                new GroupRequest("a", prompt, seeds, 1, 0, 1, 4, new int[] {-1}, false, true),
                "stopTokens[0]: expected a token id below 64, found -1");
        assertBad(new GroupRequest("a", prompt, new long[0], 1, 0, 1, 4, none, false, true), "seeds: expected one");
        assertBad(
                new GroupRequest("a", prompt, seeds, 1, 0, 1, 0, none, false, true), "maxTokens: expected at least 1");
        assertBad(
                new GroupRequest("a", prompt, seeds, -1, 0, 1, 4, none, false, true),
                "temperature: expected 0 to 1000");
        assertBad(
                new GroupRequest("a", prompt, seeds, 1, -1, 1, 4, none, false, true), "topK: expected 0 (all) or more");
        assertBad(new GroupRequest("a", prompt, seeds, 1, 0, 0, 4, none, false, true), "topP: expected above 0");
        assertBad(
                new GroupRequest("a", new int[40], seeds, 1, 0, 1, 4, none, false, true),
                "the model takes 40 positions, the prompt alone has 40 tokens");
        assertBad(
                new GroupRequest("a", prompt, seeds, 1, 0, 1, 31, none, false, true),
                "prompt of 2 and up to 31 new tokens can never fit the KV cache of 32 tokens");
    }

    @Test
    void refusesASecondRequestOfTheSameName() {
        serve();
        engine.pause().join();
        CompletableFuture<GroupResult> first = engine.submit(request("a", 4));
        assertBad(request("a", 4), "is in progress already");
        engine.resume().join();
        backend.letAllRun();
        first.join();
        assertThat(engine.submit(request("a", 4)).join().samples()).hasSize(1);
    }

    @Test
    void endsAResponseAtAStopTokenWhichBelongsToIt() {
        serve();
        backend.letAllRun();
        GroupResult.Sample sample = engine.submit(
                        new GroupRequest("a", new int[] {5}, new long[] {1}, 0, 0, 1, 9, new int[] {1}, false, true))
                .join()
                .samples()
                .getFirst();
        assertThat(sample.tokens()).containsExactly(1);
        assertThat(sample.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void endsAResponseAtTheLastPositionOfTheModel() {
        FakeBackend roomy = new FakeBackend(64);
        roomy.letAllRun();
        try (RolloutEngine other = RolloutEngine.start(roomy, new EngineSettings(4, 16, SwapPolicy.KeepCache))) {
            other.swap(FakeBackend.weights(1)).join();
            GroupResult.Sample sample = other.submit(
                            new GroupRequest("a", new int[35], new long[] {1}, 0, 0, 1, 100, new int[0], false, true))
                    .join()
                    .samples()
                    .getFirst();
            assertThat(sample.tokens()).hasSize(FakeBackend.MAX_POSITIONS - 35);
            assertThat(sample.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void runsNothingWhilePaused() {
        serve();
        backend.letAllRun();
        engine.pause().join();
        CompletableFuture<GroupResult> result = engine.submit(request("a", 4));
        engine.swap(FakeBackend.weights(2)).join();
        assertThat(engine.counters().state()).isEqualTo(State.PAUSED);
        assertThat(engine.counters().steps()).isZero();
        assertThat(result).isNotDone();
        engine.resume().join();
        assertThat(result.join().samples().getFirst().tokens()).containsExactly(2, 2, 2, 2);
    }

    @Test
    void drainsByFinishingWhatIsThereAndRefusingTheRest() {
        serve();
        CompletableFuture<GroupResult> running = engine.submit(request("a", 4));
        CompletableFuture<Void> drained = engine.drain();
        CompletableFuture<GroupResult> late = engine.submit(request("b", 4));
        backend.letAllRun();
        assertRefused(late::join, Reason.DRAINING, "ask another");
        drained.join();
        assertThat(running).isDone();
        assertThat(running.join().samples()).hasSize(1);
        assertThat(engine.counters().state()).isEqualTo(State.DRAINING);
        engine.drain().join();
    }

    @Test
    void cancelFreesWhatTheRequestHeld() {
        serve();
        CompletableFuture<GroupResult> result = engine.submit(request("a", 20));
        backend.letRun(2);
        backend.entered.acquireUninterruptibly();
        CompletableFuture<Boolean> cancelled = engine.cancel("a");
        backend.passes.release();
        assertThat(cancelled.join()).isTrue();
        assertThatThrownBy(result::join).isInstanceOf(CancellationException.class);
        assertThat(engine.cancel("a").join()).isFalse();
        assertThat(engine.counters().usedBlocks()).isZero();
        assertThat(engine.counters().runningSequences()).isZero();
    }

    @Test
    void brokenLogitsEndOnlyTheRequestThatHasThem() {
        serve();
        backend.letAllRun();
        CompletableFuture<GroupResult> good = engine.submit(request("good", 4));
        CompletableFuture<GroupResult> bad = engine.submit(new GroupRequest(
                "bad", new int[] {FakeBackend.BROKEN_TOKEN}, new long[] {1, 2}, 1, 0, 1, 4, new int[0], false, true));
        assertRefused(
                bad::join, Reason.INTERNAL, "request 'bad', policy version 1, position 0: logit of token 0 is NaN");
        assertThat(good.join().samples()).hasSize(1);
        assertThat(engine.submit(request("next", 4)).join().samples()).hasSize(1);
        assertThat(engine.counters().usedBlocks()).isZero();
    }

    @Test
    void aFailedPassEndsAllRequestsAndSaysSo() {
        serve();
        backend.fails.set(true);
        backend.letAllRun();
        assertRefused(
                () -> engine.submit(request("a", 4)).join(),
                Reason.INTERNAL,
                "the engine has stopped: the machine is on fire");
        assertRefused(() -> engine.submit(request("b", 4)).join(), Reason.INTERNAL, "the machine is on fire");
        assertThat(engine.counters().failure()).isEqualTo("the machine is on fire");
    }

    @Test
    void closingEndsRequestsAndFreesTheBackend() {
        serve();
        engine.pause().join();
        CompletableFuture<GroupResult> result = engine.submit(request("a", 4));
        engine.close();
        assertRefused(result::join, Reason.DRAINING, "closed");
        assertThat(backend.closed).isTrue();
        assertRefused(() -> engine.submit(request("b", 4)).join(), Reason.DRAINING, "closed");
        assertRefused(() -> engine.swap(FakeBackend.weights(3)).join(), Reason.DRAINING, "closed");
        assertRefused(() -> engine.pause().join(), Reason.DRAINING, "closed");
        assertThat(backend.openWeights).hasValue(0);
    }

    @Test
    void manyThreadsMayAskAtOnceWhileWeightsChange() {
        serve();
        backend.letAllRun();
        List<Thread> threads = new ArrayList<>();
        List<GroupResult> results = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 8; t++) {
            String name = "t" + t;
            threads.add(Thread.ofPlatform()
                    .start(() -> IntStream.range(0, 50)
                            .forEach(i -> results.add(engine.submit(request(name + "-" + i, 1 + i % 9))
                                    .join()))));
        }
        for (int version = 2; version < 40; version++) {
            engine.swap(FakeBackend.weights(version)).join();
        }
        threads.forEach(EngineLifecycleTest::joinUninterruptibly);
        assertThat(results).hasSize(400);
        for (GroupResult result : results) {
            GroupResult.Sample sample = result.samples().getFirst();
            int at = 0;
            for (var span : sample.versions()) {
                for (int i = 0; i < span.tokens(); i++) {
                    assertThat((long) sample.tokens()[at++]).isEqualTo(span.policyVersion());
                }
            }
            assertThat(at).isEqualTo(sample.tokens().length);
        }
        assertThat(engine.counters().usedBlocks()).isZero();
    }

    private void serve() {
        engine.swap(FakeBackend.weights(1)).join();
    }

    private static GroupRequest request(String id, int tokens) {
        return new GroupRequest(id, new int[] {9, 8, 7}, new long[] {1}, 0, 0, 1, tokens, new int[0], false, true);
    }

    private void assertBad(GroupRequest request, String message) {
        assertRefused(() -> engine.submit(request).join(), Reason.BAD_REQUEST, message);
    }

    private static void assertRefused(ThrowingCallable call, Reason reason, String message) {
        assertThatThrownBy(call)
                .cause()
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    private static void joinUninterruptibly(Thread thread) {
        while (thread.isAlive()) {
            Thread.onSpinWait();
        }
    }
}
