package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.protocol.trace.Routes;

/// The forward pass against Hugging Face transformers.
class ForwardOracleIT {
    private static final double TOLERANCE = 1e-4;
    private static final double NEAR_TIE = 1e-6;

    static List<String> names() {
        return TransformersFixture.NAMES;
    }

    @ParameterizedTest
    @MethodSource("names")
    void scoresAndEntropiesAreThoseOfTransformers(String name) {
        TransformersFixture fixture = TransformersFixture.open(name);
        try (FlatParameterStore store = fixture.weights();
                TorchPolicy policy = fixture.policy(store)) {
            List<ForwardOutput> outputs = policy.score(fixture.inputs(), 1, true);

            for (int s = 0; s < outputs.size(); s++) {
                JsonNode expected = fixture.sequence(s);
                ForwardOutput output = outputs.get(s);
                assertThat(output.entropies()).hasSize(expected.get("entropies").size());
                for (int t = 0; t < expected.get("logProbs").size(); t++) {
                    assertThat((double) output.trainerLogProbs()[t])
                            .as("%s: sequence %d, log-probability %d", name, s, t)
                            .isCloseTo(expected.get("logProbs").get(t).asDouble(), within(TOLERANCE));
                }
                for (int t = 0; t < output.entropies().length; t++) {
                    assertThat((double) output.entropies()[t])
                            .as("%s: sequence %d, entropy %d", name, s, t)
                            .isCloseTo(expected.get("entropies").get(t).asDouble(), within(TOLERANCE));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void chosenExpertsAreThoseOfTransformers(String name) {
        TransformersFixture fixture = TransformersFixture.open(name);
        if (!fixture.config().mixtureOfExperts()) {
            return;
        }
        try (FlatParameterStore store = fixture.weights();
                TorchPolicy policy = fixture.policy(store)) {
            List<ForwardOutput> outputs = policy.score(fixture.inputs(), 1, true);

            for (int s = 0; s < outputs.size(); s++) {
                compare(name, s, fixture.sequence(s).get("experts"), outputs.get(s));
            }
        }
    }

    private static void compare(String name, int s, JsonNode expected, ForwardOutput output) {
        Routes live = Objects.requireNonNull(output.liveRoutes());
        float[] gates = Objects.requireNonNull(output.gateWeights());
        assertThat(live.rows()).isEqualTo(expected.get("ids").size());
        for (int row = 0; row < live.rows(); row++) {
            for (int layer = 0; layer < live.layers(); layer++) {
                if (expected.get("margins").get(row).get(layer).asDouble() < NEAR_TIE) {
                    continue;
                }
                for (int slot = 0; slot < live.topK(); slot++) {
                    String where = "%s: sequence %d, row %d, layer %d, slot %d".formatted(name, s, row, layer, slot);
                    assertThat(live.id(row, layer, slot))
                            .as(where)
                            .isEqualTo(expected.get("ids")
                                    .get(row)
                                    .get(layer)
                                    .get(slot)
                                    .asInt());
                    assertThat((double) gates[(row * live.layers() + layer) * live.topK() + slot])
                            .as(where)
                            .isCloseTo(
                                    expected.get("weights")
                                            .get(row)
                                            .get(layer)
                                            .get(slot)
                                            .asDouble(),
                                    within(1e-5));
                }
            }
        }
    }
}
