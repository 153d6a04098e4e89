package rl.ballast.rollout.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.EngineSettings;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.GroupRequest;
import rl.ballast.rollout.engine.GroupResult;
import rl.ballast.rollout.engine.RolloutEngine;
import rl.ballast.rollout.engine.SequenceScorer;
import rl.ballast.rollout.engine.SequenceScores;

/// A swap is proved by behaviour, too: right bytes that are not computed with are found by what the engine says.
class BehaviourProofIT {
    private static final Fixture FIXTURE = Fixture.of("moe-raw-gates-wide-heads");
    private static final List<int[]> SEQUENCES = List.of(new int[] {4, 8, 15, 16, 23, 42}, new int[] {3, 1, 4, 1, 5});
    private static final int BLOCKS = 4;

    private StuckBackend backend = backend(ServedPrecision.F32);
    private RolloutEngine engine = engine();

    private static StuckBackend backend(ServedPrecision precision) {
        return new StuckBackend(new VectorBackend(FIXTURE.config(), precision, 2, 16, BLOCKS, ResidentTensor::of));
    }

    private RolloutEngine engine() {
        return RolloutEngine.start(backend, new EngineSettings(8, 64, SwapPolicy.RecomputeCache));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void weightsThatAreResidentAndNotComputedWithAreRefused() {
        engine.swap(probed(1, ServedPrecision.F32, 1, 1)).join();
        GroupResult.Sample before = sample();
        backend.stuck = true;

        assertThatThrownBy(() -> engine.swap(probed(2, ServedPrecision.F32, 1.05f, 1.05f))
                        .join())
                .cause()
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(Reason.WEIGHTS_REFUSED))
                .hasMessageContaining("policy version 2: behaviour")
                .hasMessageContaining("expected at most 1.0E-4")
                .hasMessageContaining("the weights in service are unchanged");

        GroupResult.Sample after = sample();
        assertThat(engine.counters().policyVersion()).isEqualTo(new PolicyVersion(1));
        assertThat(engine.counters().refusedSwaps()).isEqualTo(1);
        assertThat(after.tokens()).isEqualTo(before.tokens());
        assertThat(after.rolloutLogProbs()).isEqualTo(before.rolloutLogProbs());

        backend.stuck = false;
        engine.swap(probed(3, ServedPrecision.F32, 1.05f, 1.05f)).join();
        assertThat(sample().versions().getFirst().policyVersion()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void honestWeightsPassInEveryPrecisionAndOthersDoNot(ServedPrecision precision) {
        engine.close();
        backend = backend(precision);
        engine = engine();
        engine.swap(probed(1, precision, 1, 1)).join();
        engine.swap(probed(2, precision, 1.02f, 1.02f)).join();

        // what the learner says is of other weights than those that were published
        assertThatThrownBy(() -> engine.swap(probed(3, precision, 1.02f, 1.5f)).join())
                .hasMessageContaining("policy version 3: behaviour");
        assertThat(engine.counters().policyVersion()).isEqualTo(new PolicyVersion(2));
    }

    @Test
    void theProbeFindsRoomBesideRunningRequestsAndDisturbsNone() {
        engine.swap(probed(1, ServedPrecision.F32, 1, 1)).join();
        GroupRequest four = new GroupRequest(
                "busy", new int[] {4, 8, 15}, new long[] {1, 2, 3, 4}, 1, 0, 1, 13, new int[0], false, false);
        List<int[]> alone = engine.submit(four).join().samples().stream()
                .map(GroupResult.Sample::tokens)
                .toList();

        engine.pause().join();
        var busy = engine.submit(four);
        // what misbehaves changes nothing, also when every block of the cache is wanted
        var refused = engine.swap(probed(2, ServedPrecision.F32, 1, 1.5f));
        engine.resume().join();

        assertThat(busy.join().samples().stream().map(GroupResult.Sample::tokens))
                .usingRecursiveFieldByFieldElementComparator()
                .isEqualTo(alone);
        assertThatThrownBy(refused::join).hasMessageContaining("behaviour");
    }

    @Test
    void theFirstWeightsMayBeRefusedToo() {
        engine.swap(probed(1, ServedPrecision.F32, 1, 1)).join();
        engine.close();
        backend = backend(ServedPrecision.F32);
        engine = RolloutEngine.start(
                backend, new EngineSettings(8, 64, SwapPolicy.RecomputeCache), (version, deviation) -> 0);

        assertThatThrownBy(() ->
                        engine.swap(probed(1, ServedPrecision.F32, 1, 1.5f)).join())
                .hasMessageContaining("policy version 1: behaviour");
        assertThat(engine.counters().policyVersion()).isNull();

        engine.swap(probed(2, ServedPrecision.F32, 1, 1)).join();
        assertThat(sample().versions().getFirst().policyVersion()).isEqualTo(2);
    }

    @Test
    void aProbeThatIsNoneOfThisModelIsRefused() {
        EngineWeights weights = FIXTURE.weights(1, ServedPrecision.F32);
        BehaviourProbe probe = new BehaviourProbe(List.of(new int[] {1, 53}), List.of(new float[1]));

        assertThatThrownBy(() -> engine.swap(with(weights, probe)).join())
                .hasMessageContaining("probe.sequences[0]: expected at most")
                .hasMessageContaining("tokens below 53, found [1, 53]");
    }

    /// Weights scaled by `factor`, with the probe of an F32 engine whose weights are scaled by `said`.
    private static EngineWeights probed(long version, ServedPrecision precision, float factor, float said) {
        try (VectorBackend learner =
                new VectorBackend(FIXTURE.config(), ServedPrecision.F32, 2, 16, 8, ResidentTensor::of)) {
            learner.activate(learner.stage(FIXTURE.weights(1, ServedPrecision.F32, said)));
            List<float[]> logProbs = new SequenceScorer(learner, 64)
                    .score(SEQUENCES, 1).stream().map(SequenceScores::logProbs).toList();
            return with(FIXTURE.weights(version, precision, factor), new BehaviourProbe(SEQUENCES, logProbs));
        }
    }

    private static EngineWeights with(EngineWeights weights, BehaviourProbe probe) {
        return new EngineWeights(weights.version(), weights.config(), weights.served(), weights.digests(), probe);
    }

    private GroupResult.Sample sample() {
        return engine.submit(new GroupRequest(
                        "sample", new int[] {4, 8, 15}, new long[] {16}, 1, 0, 1, 8, new int[0], false, true))
                .join()
                .samples()
                .getFirst();
    }
}
