package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.modeling.weights.StoredTensor;

/// The gradient of the objective for every parameter against PyTorch autograd, and what activation recompute and
/// several blocks of logits may change of it: nothing.
class GradientOracleIT {
    private static final double RELATIVE = 1e-4;
    private static final double ABSOLUTE = 1e-8;

    static List<String> names() {
        return ObjectiveFixture.NAMES;
    }

    @ParameterizedTest
    @MethodSource("names")
    void lossAndGradientsAreThoseOfAutograd(String name) {
        ObjectiveFixture fixture = ObjectiveFixture.open(name);
        try (FlatParameterStore store = fixture.weights();
                TorchPolicy policy = new TorchPolicy(fixture.config(), store, TorchOptions.withThreads(2));
                Arena arena = Arena.ofConfined()) {
            List<Double> losses = new ArrayList<>();
            List<ForwardOutput> outputs =
                    policy.forwardBackward(fixture.inputs(), fixture.temperature(), fixture.objective(losses));

            double loss = losses.stream().mapToDouble(Double::doubleValue).sum();
            assertThat(loss).isCloseTo(fixture.expected().get("loss").asDouble(), within(2e-4));
            for (int i = 0; i < outputs.size(); i++) {
                double[] expected = ObjectiveFixture.doubles(
                        fixture.expected().get("responses").get(i).get("trainerLogProbs"));
                for (int t = 0; t < expected.length; t++) {
                    assertThat((double) outputs.get(i).trainerLogProbs()[t]).isCloseTo(expected[t], within(1e-4));
                }
            }
            for (ParameterStore.Slice slice : store.slices()) {
                compare(name, slice, store, fixture.gradients(arena).tensor(slice.name()));
            }
        }
    }

    private static void compare(
            String name, ParameterStore.Slice slice, FlatParameterStore store, StoredTensor expected) {
        double difference = 0;
        double norm = 0;
        for (long i = 0; i < slice.elements(); i++) {
            double wanted = expected.floatAt(i);
            double found = store.gradients().getAtIndex(ValueLayout.JAVA_FLOAT, slice.offset() + i);
            difference += (found - wanted) * (found - wanted);
            norm += wanted * wanted;
        }
        assertThat(Math.sqrt(difference))
                .as("%s: gradient of %s, norm %s", name, slice.name(), Math.sqrt(norm))
                .isLessThanOrEqualTo(Math.max(RELATIVE * Math.sqrt(norm), ABSOLUTE));
    }

    @ParameterizedTest
    @MethodSource("names")
    void recomputedActivationsGiveTheSameBits(String name) {
        ObjectiveFixture fixture = ObjectiveFixture.open(name);
        TorchOptions plain = TorchOptions.withThreads(2);

        float[] kept = gradients(fixture, plain);
        float[] recomputed = gradients(fixture, plain.withActivationRecompute(true));
        float[] inBlocks = gradients(fixture, new TorchOptions(2, false, 4096, 1));

        assertThat(recomputed).isEqualTo(kept);
        for (int i = 0; i < kept.length; i++) {
            assertThat(inBlocks[i]).isCloseTo(kept[i], within(1e-5f));
        }
    }

    private static float[] gradients(ObjectiveFixture fixture, TorchOptions options) {
        try (FlatParameterStore store = fixture.weights();
                TorchPolicy policy = new TorchPolicy(fixture.config(), store, options)) {
            policy.forwardBackward(fixture.inputs(), fixture.temperature(), fixture.objective(new ArrayList<>()));
            long cells = fixture.mode().equals("None")
                    ? 0
                    : fixture.inputs().stream()
                            .mapToLong(input -> java.util.Objects.requireNonNull(input.replay())
                                    .known())
                            .sum();
            long passes = options.activationRecompute() ? 2 : 1;
            assertThat(policy.routeConsumption()).isEqualTo(new RouteConsumption(cells * passes, cells * passes));
            MemorySegment gradients = store.gradients();
            return gradients.toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
