package rl.ballast.rollout.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.ServedWeights;
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

/// A swap is proved, not believed: whatever is wrong with new weights, the engine says which tensor and serves on.
class SwapProofIT {
    private static final Fixture FIXTURE = Fixture.of("moe-raw-gates-wide-heads");
    private static final EngineSettings SETTINGS = new EngineSettings(8, 64, SwapPolicy.RecomputeCache);

    private final Map<String, ResidentTensor> stale = new LinkedHashMap<>();
    private RolloutEngine engine = engine(ServedPrecision.F32);

    /// An engine whose loader hands out an old tensor for every name in `stale`: a buffer that a load forgot.
    private RolloutEngine engine(ServedPrecision precision) {
        VectorWeights.Loader loader =
                tensor -> Objects.requireNonNullElseGet(stale.get(tensor.name()), () -> ResidentTensor.of(tensor));
        return RolloutEngine.start(new VectorBackend(FIXTURE.config(), precision, 2, 16, 64, loader), SETTINGS);
    }

    @BeforeEach
    void serveVersionOne() {
        engine.swap(FIXTURE.weights(1, ServedPrecision.F32)).join();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void newWeightsChangeTheScores() {
        GroupResult.Sample before = sample();
        engine.swap(FIXTURE.weights(2, ServedPrecision.F32, 1.05f)).join();
        GroupResult.Sample after = sample();
        assertThat(after.versions().getFirst().policyVersion()).isEqualTo(2);
        assertThat(after.rolloutLogProbs()).isNotEqualTo(before.rolloutLogProbs());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.embed_tokens.weight",
                "model.layers.0.self_attn.q_proj.weight",
                "model.layers.1.mlp.experts.3.down_proj.weight",
                "model.layers.0.mlp.gate.weight",
                "model.norm.weight"
            })
    void aBufferThatStayedStaleIsFound(String name) {
        stale.put(
                name,
                ResidentTensor.of(
                        FIXTURE.weights(1, ServedPrecision.F32).served().tensor(name)));
        assertRefused(FIXTURE.weights(2, ServedPrecision.F32, 1.05f), name);
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void aStaleBufferIsFoundInEveryPrecision(ServedPrecision precision) {
        engine.close();
        engine = engine(precision);
        engine.swap(FIXTURE.weights(1, precision)).join();
        String name = "model.layers.1.mlp.experts.0.up_proj.weight";
        // Times 1.05 leaves the FP8 elements as they are and changes only the scales.
        stale.put(name, ResidentTensor.of(FIXTURE.weights(1, precision).served().tensor(name)));
        assertRefused(FIXTURE.weights(2, precision, 1.05f), name);
        stale.clear();
        engine.swap(FIXTURE.weights(2, precision, 1.05f)).join();
    }

    @Test
    void aSingleSpoiledElementIsFound() {
        String name = "model.layers.0.self_attn.v_proj.weight";
        EngineWeights weights = FIXTURE.weights(2, ServedPrecision.F32, 1.05f);
        ResidentTensor spoiled = ResidentTensor.of(weights.served().tensor(name));
        PackedMatrix matrix = Objects.requireNonNull(spoiled.matrix());
        float[] row = new float[matrix.inputs()];
        matrix.copyRow(3, row, 0);
        row[5] = Math.nextUp(row[5]);
        matrix.setRow(3, row);
        stale.put(name, spoiled);
        assertRefused(weights, name);
    }

    @Test
    void aValueThatTheServedTypeCannotHoldIsFound() {
        String name = "model.layers.0.self_attn.v_proj.weight";
        engine.close();
        engine = engine(ServedPrecision.BF16);
        engine.swap(FIXTURE.weights(1, ServedPrecision.BF16)).join();
        stale.put(
                name,
                new ResidentTensor(
                        name,
                        FIXTURE.weights(1, ServedPrecision.BF16)
                                .served()
                                .tensor(name)
                                .shape(),
                        rl.ballast.modeling.weights.TensorType.BF16,
                        ResidentTensor.of(FIXTURE.weights(1, ServedPrecision.F32)
                                        .served()
                                        .tensor(name))
                                .matrix(),
                        null));
        assertThatThrownBy(() -> engine.swap(FIXTURE.weights(2, ServedPrecision.BF16, 1.05f))
                        .join())
                .hasMessageContaining(name)
                .hasMessageContaining("which is no BF16");
    }

    @Test
    void publishedWeightsWithAnUnchangedTensorAreRefused() {
        String name = "model.layers.1.mlp.experts.2.gate_proj.weight";
        EngineWeights next = FIXTURE.weights(2, ServedPrecision.F32, 1.05f);
        ServedTensor old = FIXTURE.weights(1, ServedPrecision.F32).served().tensor(name);
        assertRefused(
                withTensors(next, tensors -> {
                    tensors.put(name, old);
                    return tensors;
                }),
                name);
    }

    @Test
    void aMissingTensorIsRefused() {
        String name = "model.layers.1.input_layernorm.weight";
        assertRefused(
                withTensors(FIXTURE.weights(2, ServedPrecision.F32, 1.05f), tensors -> {
                    tensors.remove(name);
                    return tensors;
                }),
                name);
    }

    @Test
    void aTensorOfAnotherTypeIsRefused() {
        String name = "model.layers.0.mlp.experts.1.up_proj.weight";
        ServedTensor other =
                FIXTURE.weights(2, ServedPrecision.BF16, 1.05f).served().tensor(name);
        assertRefused(
                withTensors(FIXTURE.weights(2, ServedPrecision.F32, 1.05f), tensors -> {
                    tensors.put(name, other);
                    return tensors;
                }),
                name);
    }

    @Test
    void anotherPrecisionIsRefused() {
        assertRefused(FIXTURE.weights(2, ServedPrecision.FP8, 1.05f), "expected precision F32, found FP8");
    }

    @Test
    void anotherModelIsRefused() {
        EngineWeights other = Fixture.of("moe-normalised").weights(2, ServedPrecision.F32);
        assertRefused(other, "the configuration this engine was started with");
    }

    @Test
    void anOlderVersionIsRefused() {
        engine.swap(FIXTURE.weights(5, ServedPrecision.F32, 1.05f)).join();
        assertThatThrownBy(() ->
                        engine.swap(FIXTURE.weights(4, ServedPrecision.F32)).join())
                .hasMessageContaining("policy version 4 is older than version 5 in service");
        assertThat(sample().versions().getFirst().policyVersion()).isEqualTo(5);
    }

    private void assertRefused(EngineWeights weights, String named) {
        GroupResult.Sample before = sample();
        assertThatThrownBy(() -> engine.swap(weights).join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        EngineRefusal.class, e -> assertThat(e.reason()).isEqualTo(Reason.WEIGHTS_REFUSED))
                .hasMessageContaining(named)
                .hasMessageContaining("policy version 2");
        GroupResult.Sample after = sample();
        assertThat(engine.counters().policyVersion()).isEqualTo(new PolicyVersion(1));
        assertThat(engine.counters().refusedSwaps()).isEqualTo(1);
        assertThat(after.tokens()).isEqualTo(before.tokens());
        assertThat(after.rolloutLogProbs()).isEqualTo(before.rolloutLogProbs());
    }

    private GroupResult.Sample sample() {
        return engine.submit(new GroupRequest(
                        "probe", new int[] {4, 8, 15}, new long[] {16}, 1, 0, 1, 8, new int[0], false, true))
                .join()
                .samples()
                .getFirst();
    }

    private static EngineWeights withTensors(EngineWeights weights, UnaryOperator<Map<String, ServedTensor>> change) {
        Map<String, ServedTensor> tensors =
                change.apply(new LinkedHashMap<>(weights.served().tensors()));
        return new EngineWeights(
                weights.version(),
                weights.config(),
                new ServedWeights(weights.served().precision(), tensors),
                weights.digests());
    }
}
