package rl.ballast.rollout.torch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.EngineSettings;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.GroupRequest;
import rl.ballast.rollout.engine.GroupResult;
import rl.ballast.rollout.engine.RolloutEngine;
import rl.ballast.rollout.engine.SequenceScorer;
import rl.ballast.rollout.engine.SequenceScores;
import rl.ballast.rollout.engine.StepBatch;
import rl.ballast.rollout.vector.Fixture;

class TorchBackendIT {
    /// A choice of experts may differ only where the probabilities are closer than this.
    private static final double NEAR_TIE = 1e-5;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    private static TorchBackend backend(Fixture fixture, ServedPrecision precision, int threads) {
        TorchBackend backend = TorchBackend.create(fixture.config(), precision, threads, 16, 4 << 20);
        backend.activate(backend.stage(fixture.weights(1, precision)));
        return backend;
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void scoresAndExpertsAreThoseOfTransformers(Fixture fixture) {
        List<Fixture.Expected> expected = fixture.expected();
        try (TorchBackend backend = backend(fixture, ServedPrecision.F32, 2)) {
            List<SequenceScores> scores = new SequenceScorer(backend, 64).score(fixture.sequences(), 1);
            for (int i = 0; i < expected.size(); i++) {
                close(scores.get(i).logProbs(), expected.get(i).logProbs());
                close(scores.get(i).entropies(), expected.get(i).entropies());
                experts(fixture.config().expertsPerToken(), scores.get(i), expected.get(i));
            }
        }
    }

    private static void close(float[] found, double[] expected) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).isCloseTo(expected[i], within(1e-4));
        }
    }

    private static void experts(int k, SequenceScores found, Fixture.Expected expected) {
        assertThat(found.experts()).hasSize(expected.ids().length);
        for (int slot = 0; slot < expected.ids().length; slot++) {
            if (expected.margins()[slot / k] > NEAR_TIE) {
                assertThat(found.experts()[slot]).isEqualTo(expected.ids()[slot]);
                assertThat((double) found.gateWeights()[slot]).isCloseTo(expected.weights()[slot], within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ServedPrecision.class,
            names = {"BF16", "FP8"})
    void servedPrecisionsScoreAsOnTheVectorBackend(ServedPrecision precision) {
        Fixture fixture = Fixture.of("dense-untied");
        try (TorchBackend torch = backend(fixture, precision, 1);
                var vector = fixture.backend(precision, 1)) {
            List<SequenceScores> found = new SequenceScorer(torch, 64).score(fixture.sequences(), 0.7);
            List<SequenceScores> expected = new SequenceScorer(vector, 64).score(fixture.sequences(), 0.7);
            for (int i = 0; i < found.size(); i++) {
                for (int t = 0; t < found.get(i).logProbs().length; t++) {
                    assertThat(found.get(i).logProbs()[t])
                            .isCloseTo(expected.get(i).logProbs()[t], within(1e-4f));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void bitsDoNotDependOnCutsAndCompany(Fixture fixture) {
        try (TorchBackend backend = backend(fixture, ServedPrecision.F32, 2)) {
            List<int[]> sequences = new ArrayList<>(fixture.sequences());
            fixture.sequences().forEach(tokens -> sequences.add(tokens.clone()));
            List<SequenceScores> together = new SequenceScorer(backend, 1000).score(sequences, 1);
            for (int maxBatchTokens : new int[] {1, 7, 33}) {
                List<SequenceScores> cut = new SequenceScorer(backend, maxBatchTokens).score(sequences, 1);
                for (int i = 0; i < sequences.size(); i++) {
                    assertThat(cut.get(i).logProbs()).isEqualTo(together.get(i).logProbs());
                    assertThat(cut.get(i).experts()).isEqualTo(together.get(i).experts());
                    assertThat(cut.get(i).gateWeights())
                            .isEqualTo(together.get(i).gateWeights());
                }
            }
        }
    }

    @Test
    void generatedTokensCarryTheScoresThatAFreshScoringGivesThem() {
        Fixture fixture = Fixture.of("moe-normalised");
        int[] prompt = {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
        TorchBackend backend = TorchBackend.create(fixture.config(), ServedPrecision.F32, 2, 16, 1 << 20);
        GroupResult result;
        try (RolloutEngine engine =
                RolloutEngine.start(backend, new EngineSettings(8, 24, SwapPolicy.RecomputeCache))) {
            engine.swap(fixture.weights(1, ServedPrecision.F32)).join();
            result = engine.submit(
                            new GroupRequest("a", prompt, new long[] {1, 2, 3}, 1, 0, 1, 8, new int[0], false, true))
                    .join();
        }
        try (TorchBackend fresh = backend(fixture, ServedPrecision.F32, 1)) {
            for (GroupResult.Sample sample : result.samples()) {
                int[] whole = IntStream.concat(IntStream.of(prompt), IntStream.of(sample.tokens()))
                        .toArray();
                SequenceScores scores =
                        new SequenceScorer(fresh, 1000).score(List.of(whole), 1).getFirst();
                for (int i = 0; i < sample.tokens().length; i++) {
                    assertThat(sample.rolloutLogProbs()[i]).isEqualTo(scores.logProbs()[prompt.length - 1 + i]);
                }
                assertThat(requireNonNull(sample.routes()).routes().known()).isEqualTo((whole.length - 1) * 2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void digestsAreOfTheBuffersThatAreComputedWith(ServedPrecision precision) {
        Fixture fixture = Fixture.of("moe-raw-gates-wide-heads");
        EngineWeights weights = fixture.weights(1, precision);
        String spoiled = "model.layers.1.mlp.experts.2.up_proj.weight";
        try (TorchBackend backend = TorchBackend.create(fixture.config(), precision, 1, 16, 1 << 20);
                TorchWeights resident = (TorchWeights) backend.stage(weights)) {
            assertThat(resident.residentDigests()).isEqualTo(weights.digests());

            float value = resident.values(spoiled).getAtIndex(ValueLayout.JAVA_FLOAT, 7);
            resident.values(spoiled).setAtIndex(ValueLayout.JAVA_FLOAT, 7, Math.nextUp(value));

            Map<String, String> digests = resident.residentDigests();
            weights.digests()
                    .forEach((name, digest) -> assertThat(digest.equals(digests.get(name)))
                            .as(name)
                            .isEqualTo(!name.equals(spoiled)));
        }
    }

    @Test
    void wrongUseIsRefused() {
        Fixture fixture = Fixture.of("dense-untied");
        assertThatThrownBy(() -> TorchBackend.create(fixture.config(), ServedPrecision.F32, 1, 16, 100))
                .hasMessage("kvCacheBytes: expected at least one block of 4096 bytes, found 100");
        try (TorchBackend backend = TorchBackend.create(fixture.config(), ServedPrecision.F32, 1, 16, 1 << 16)) {
            StepBatch batch = new StepBatch(List.of(new StepBatch.Segment(new int[] {1}, 0, new int[] {0}, 1)));
            assertThatThrownBy(() -> backend.forward(batch)).hasMessage("no weights are active");
        }
    }
}
