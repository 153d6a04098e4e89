package rl.ballast.rollout.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.protocol.wire.GenerateResponse.VersionSpan;
import rl.ballast.rollout.vector.Fixture;
import rl.ballast.rollout.vector.VectorBackend;

class RolloutEngineIT {
    private static final EngineSettings SETTINGS = new EngineSettings(8, 24, SwapPolicy.RecomputeCache);

    @Test
    void tokensCarryTheScoresAndRoutesThatAFreshScoringGivesThem() {
        Fixture fixture = Fixture.of("moe-mixed-layers-sharded");
        VectorBackend backend = VectorBackend.create(fixture.config(), ServedPrecision.F32, 2, 16, 1 << 20);
        GroupResult result;
        int[] prompt = {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
        try (RolloutEngine engine = RolloutEngine.start(backend, SETTINGS)) {
            engine.swap(fixture.weights(1, ServedPrecision.F32)).join();
            result = engine.submit(new GroupRequest(
                            "a", prompt, new long[] {1, 2, 3, 4}, 1, 0, 1, 12, new int[0], false, true))
                    .join();
        }
        assertThat(result.samples()).hasSize(4);
        for (GroupResult.Sample sample : result.samples()) {
            assertThat(sample.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(sample.versions()).containsExactly(new VersionSpan(1, 12));
            assertScored(fixture, prompt, sample);
        }
        assertThat(result.samples().get(0).tokens())
                .isNotEqualTo(result.samples().get(1).tokens());
    }

    private static void assertScored(Fixture fixture, int[] prompt, GroupResult.Sample sample) {
        int[] whole = java.util.stream.IntStream.concat(
                        java.util.Arrays.stream(prompt), java.util.Arrays.stream(sample.tokens()))
                .toArray();
        SequenceScores scores;
        try (VectorBackend backend = fixture.backend(ServedPrecision.F32, 1)) {
            scores = new SequenceScorer(backend, 1000).score(List.of(whole), 1).getFirst();
        }
        for (int i = 0; i < sample.tokens().length; i++) {
            assertThat(sample.rolloutLogProbs()[i]).isEqualTo(scores.logProbs()[prompt.length - 1 + i]);
        }
        GroupResult.CapturedRoutes captured = requireNonNull(sample.routes());
        Routes routes = captured.routes();
        assertThat(routes.rows()).isEqualTo(whole.length - 1);
        assertThat(routes.known()).isEqualTo(routes.rows() * routes.layers());
        int at = 0;
        for (int row = 0; row < routes.rows(); row++) {
            for (int layer = 0; layer < routes.layers(); layer++) {
                for (int slot = 0; slot < routes.topK(); slot++) {
                    assertThat(routes.id(row, layer, slot)).isEqualTo(scores.experts()[at++]);
                }
            }
        }
        assertThat(captured.versions())
                .containsExactly(new GroupResult.RowSpan(new PolicyVersion(1), 0, whole.length - 1));
    }
}
