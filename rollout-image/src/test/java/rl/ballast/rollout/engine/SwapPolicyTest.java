package rl.ballast.rollout.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.wire.GenerateResponse.VersionSpan;
import rl.ballast.rollout.engine.GroupResult.RowSpan;

class SwapPolicyTest {
    private final FakeBackend backend = new FakeBackend(64);

    @Test
    void recomputedCachesGoOnWithNewTokensAndNewRoutes() {
        GroupResult.Sample sample = swapInMidResponse(SwapPolicy.RecomputeCache);
        assertThat(sample.tokens()).containsExactly(1, 1, 1, 2, 2, 2, 2, 2);
        assertThat(sample.versions()).containsExactly(new VersionSpan(1, 3), new VersionSpan(2, 5));
        assertThat(requireNonNull(sample.routes()).versions())
                .containsExactly(new RowSpan(new PolicyVersion(2), 0, 12));
        assertThat(requireNonNull(sample.routes()).routes().id(0, 0, 0)).isEqualTo(2);
    }

    @Test
    void keptCachesKeepTheRoutesThatWroteThem() {
        GroupResult.Sample sample = swapInMidResponse(SwapPolicy.KeepCache);
        assertThat(sample.versions()).containsExactly(new VersionSpan(1, 3), new VersionSpan(2, 5));
        // Prompt of 5 and 2 response tokens were fed to version 1; its third token was sampled, but not fed.
        assertThat(requireNonNull(sample.routes()).versions())
                .containsExactly(new RowSpan(new PolicyVersion(1), 0, 7), new RowSpan(new PolicyVersion(2), 7, 5));
        assertThat(requireNonNull(sample.routes()).routes().id(6, 0, 0)).isEqualTo(1);
        assertThat(requireNonNull(sample.routes()).routes().id(7, 0, 0)).isEqualTo(2);
    }

    @Test
    void whatHasBegunFinishesOnOldWeightsAndTheRestWaits() {
        try (RolloutEngine engine = engine(SwapPolicy.FinishOnOld, 1)) {
            CompletableFuture<GroupResult> begun = engine.submit(request("begun"));
            CompletableFuture<GroupResult> waiting = engine.submit(request("waiting"));
            backend.letRun(3);
            CompletableFuture<Void> swap = swapDuringAPass(engine);
            backend.letRun(1);
            assertThat(swap).isNotDone();
            backend.letAllRun();
            swap.join();
            assertThat(begun.join().samples().getFirst().versions()).containsExactly(new VersionSpan(1, 8));
            assertThat(waiting.join().samples().getFirst().versions()).containsExactly(new VersionSpan(2, 8));
        }
    }

    @Test
    void cacheBlocksOfOldWeightsAreNotSharedWithNewOnes() {
        try (RolloutEngine engine = engine(SwapPolicy.KeepCache, 8)) {
            backend.letAllRun();
            engine.submit(request("first")).join();
            engine.submit(request("again")).join();
            assertThat(engine.counters().prefixHitTokens()).isEqualTo(4);
            engine.swap(FakeBackend.weights(2)).join();
            engine.submit(request("swapped")).join();
            assertThat(engine.counters().prefixHitTokens()).isEqualTo(4);
        }
    }

    @Test
    void replacedWeightsAreFreed() {
        try (RolloutEngine engine = engine(SwapPolicy.RecomputeCache, 8)) {
            for (int version = 2; version < 10; version++) {
                engine.swap(FakeBackend.weights(version)).join();
            }
            assertThat(backend.openWeights).hasValue(1);
        }
        assertThat(backend.openWeights).hasValue(0);
    }

    /// Lets version 1 sample three tokens, version 2 the rest.
    private GroupResult.Sample swapInMidResponse(SwapPolicy policy) {
        try (RolloutEngine engine = engine(policy, 8)) {
            CompletableFuture<GroupResult> result = engine.submit(request("a"));
            backend.letRun(2);
            CompletableFuture<Void> swap = swapDuringAPass(engine);
            backend.letAllRun();
            swap.join();
            return result.join().samples().getFirst();
        }
    }

    /// Announces version 2 while a pass is running, and lets the pass end when the swap is queued behind it.
    private CompletableFuture<Void> swapDuringAPass(RolloutEngine engine) {
        backend.entered.acquireUninterruptibly();
        CompletableFuture<Void> swap = engine.swap(FakeBackend.weights(2));
        while (engine.queuedCommands() == 0) {
            Thread.onSpinWait();
        }
        backend.passes.release();
        return swap;
    }

    private RolloutEngine engine(SwapPolicy policy, int maxSequences) {
        RolloutEngine engine = RolloutEngine.start(backend, new EngineSettings(maxSequences, 64, policy));
        engine.swap(FakeBackend.weights(1)).join();
        return engine;
    }

    private static GroupRequest request(String id) {
        return new GroupRequest(id, new int[] {9, 8, 7, 6, 5}, new long[] {1}, 0, 0, 1, 8, new int[0], false, true);
    }
}
