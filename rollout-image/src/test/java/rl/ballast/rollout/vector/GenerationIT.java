package rl.ballast.rollout.vector;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.rollout.engine.EngineCounters;
import rl.ballast.rollout.engine.EngineSettings;
import rl.ballast.rollout.engine.GroupRequest;
import rl.ballast.rollout.engine.GroupResult;
import rl.ballast.rollout.engine.RolloutEngine;
import rl.ballast.rollout.engine.SequenceScorer;
import rl.ballast.rollout.engine.SequenceScores;

/// What a request gets must not depend on what else the engine does.
class GenerationIT {
    private static final Fixture FIXTURE = Fixture.of("moe-mixed-layers-sharded");

    private static List<GroupRequest> requests() {
        SplittableRandom random = new SplittableRandom(99);
        List<GroupRequest> requests = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int[] prompt = random.ints(
                            1 + random.nextInt(40), 3, FIXTURE.config().vocabSize())
                    .toArray();
            long[] seeds = random.longs(1 + random.nextInt(5)).toArray();
            boolean filter = i % 3 == 0;
            requests.add(new GroupRequest(
                    "r" + i,
                    prompt,
                    seeds,
                    0.5 + random.nextDouble(),
                    filter ? 20 : 0,
                    filter ? 0.9 : 1,
                    1 + random.nextInt(25),
                    new int[] {2, 5, 7},
                    filter,
                    true));
        }
        return requests;
    }

    @ParameterizedTest(name = "{0} sequences, {1} rows, {2} blocks, {3} threads, seed {4}")
    @CsvSource({"1,1,6,1,1", "4,7,6,2,2", "64,512,256,2,3", "16,24,9,1,4", "64,64,12,2,5"})
    void tokensScoresAndRoutesAreThoseOfEachRequestAlone(
            int maxSequences, int maxRows, int blocks, int threads, long seed) {
        Map<String, GroupResult> alone = new HashMap<>();
        for (GroupRequest request : requests()) {
            alone.putAll(run(new EngineSettings(1, 512, SwapPolicy.RecomputeCache), 64, 1, List.of(request)));
        }
        List<GroupRequest> shuffled = new ArrayList<>(requests());
        Collections.shuffle(shuffled, new java.util.Random(seed));
        Map<String, GroupResult> together =
                run(new EngineSettings(maxSequences, maxRows, SwapPolicy.RecomputeCache), blocks, threads, shuffled);
        alone.forEach((id, expected) -> assertSame(requireNonNull(together.get(id)), expected));
    }

    @Test
    void aSmallCachePreemptsAndSharesAndStillGivesTheSame() {
        EngineSettings settings = new EngineSettings(64, 64, SwapPolicy.RecomputeCache);
        VectorBackend backend = new VectorBackend(FIXTURE.config(), ServedPrecision.F32, 2, 16, 12, ResidentTensor::of);
        try (RolloutEngine engine = RolloutEngine.start(backend, settings)) {
            engine.swap(FIXTURE.weights(1, ServedPrecision.F32)).join();
            requests().stream().map(engine::submit).toList().forEach(CompletableFuture::join);
            EngineCounters counters = engine.counters();
            assertThat(counters.preemptions()).isPositive();
            assertThat(counters.prefixHitTokens()).isPositive();
        }
    }

    @Test
    void scoresRoutesAndKeptTokensAreThoseOfTheDistributionSampledFrom() {
        Map<String, GroupResult> results =
                run(new EngineSettings(64, 100, SwapPolicy.RecomputeCache), 14, 2, requests());
        try (VectorBackend backend = FIXTURE.backend(ServedPrecision.F32, 1)) {
            SequenceScorer scorer = new SequenceScorer(backend, 512);
            for (GroupRequest request : requests()) {
                for (GroupResult.Sample sample :
                        requireNonNull(results.get(request.requestId())).samples()) {
                    assertScored(request, sample, scorer);
                }
            }
        }
    }

    private static void assertScored(GroupRequest request, GroupResult.Sample sample, SequenceScorer scorer) {
        int prompt = request.promptTokens().length;
        int[] whole = Arrays.copyOf(request.promptTokens(), prompt + sample.tokens().length);
        System.arraycopy(sample.tokens(), 0, whole, prompt, sample.tokens().length);
        SequenceScores scores =
                scorer.score(List.of(whole), request.temperature()).getFirst();
        for (int i = 0; i < sample.tokens().length; i++) {
            float unfiltered = scores.logProbs()[prompt - 1 + i];
            if (request.keepMask()) {
                int[] kept = requireNonNull(sample.keptTokens())[i];
                assertThat(kept).contains(sample.tokens()[i]).isSorted().hasSizeLessThanOrEqualTo(20);
                assertThat(sample.rolloutLogProbs()[i]).isGreaterThanOrEqualTo(unfiltered);
            } else {
                assertThat(sample.rolloutLogProbs()[i]).isEqualTo(unfiltered);
            }
        }
        assertThat(sample.keptTokens() != null).isEqualTo(request.keepMask());
        boolean stopped = Arrays.stream(request.stopTokens())
                .anyMatch(stop -> stop == sample.tokens()[sample.tokens().length - 1]);
        assertThat(sample.finishReason()).isEqualTo(stopped ? FinishReason.STOP : FinishReason.LENGTH);
        if (!stopped) {
            assertThat(sample.tokens()).hasSize(request.maxTokens());
        }
        assertRoutes(whole, sample, scores);
    }

    private static void assertRoutes(int[] whole, GroupResult.Sample sample, SequenceScores scores) {
        GroupResult.CapturedRoutes captured = requireNonNull(sample.routes());
        assertThat(captured.routes().rows()).isEqualTo(whole.length - 1);
        assertThat(captured.routes().known())
                .isEqualTo(captured.routes().rows() * captured.routes().layers());
        Routes routes = captured.routes();
        int cells = routes.rows() * routes.layers();
        for (int i = 0; i < cells * routes.topK(); i++) {
            int cell = i / routes.topK();
            assertThat(routes.id(cell / routes.layers(), cell % routes.layers(), i % routes.topK()))
                    .isEqualTo(scores.experts()[i]);
        }
    }

    private static Map<String, GroupResult> run(
            EngineSettings settings, int blocks, int threads, List<GroupRequest> requests) {
        VectorBackend backend =
                new VectorBackend(FIXTURE.config(), ServedPrecision.F32, threads, 16, blocks, ResidentTensor::of);
        Map<String, GroupResult> results = new HashMap<>();
        try (RolloutEngine engine = RolloutEngine.start(backend, settings)) {
            engine.swap(FIXTURE.weights(1, ServedPrecision.F32)).join();
            for (CompletableFuture<GroupResult> future :
                    requests.stream().map(engine::submit).toList()) {
                GroupResult result = future.join();
                results.put(result.requestId(), result);
            }
            assertThat(engine.counters().usedBlocks()).isZero();
        }
        return results;
    }

    private static void assertSame(GroupResult found, GroupResult expected) {
        assertThat(found.samples()).hasSameSizeAs(expected.samples());
        for (int i = 0; i < expected.samples().size(); i++) {
            GroupResult.Sample a = found.samples().get(i);
            GroupResult.Sample b = expected.samples().get(i);
            assertThat(a.tokens()).isEqualTo(b.tokens());
            assertThat(a.rolloutLogProbs()).isEqualTo(b.rolloutLogProbs());
            assertThat(a.keptTokens()).isDeepEqualTo(b.keptTokens());
            assertThat(a.versions()).isEqualTo(b.versions());
            assertThat(a.routes()).isEqualTo(b.routes());
        }
    }
}
