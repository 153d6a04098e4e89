package rl.ballast.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.recipe.OptimizerSpec;

class AdamWTest {
    @Test
    void matchesPyTorchWithWarmUpDecayAndClipping() throws IOException {
        JsonNode fixture = fixture();
        try (var arena = Arena.ofConfined()) {
            var parameters = new FlatParameters(shapes(fixture), arena);
            FlatParameters.copy(floats(fixture.get("weights")), parameters.weights());
            var optimizer = new AdamW(parameters, spec(fixture), 1, arena);
            for (JsonNode update : fixture.get("updates")) {
                FlatParameters.copy(floats(update.get("gradients")), parameters.gradients());
                var done = optimizer.step(optimizer.gradientNorm());
                assertThat(done.gradientNorm())
                        .isCloseTo(update.get("gradientNorm").asDouble(), within(1e-5));
                assertThat(done.learningRate())
                        .isCloseTo(update.get("learningRate").asDouble(), within(1e-12));
                assertThat(FlatParameters.floats(parameters.weights()))
                        .containsExactly(floats(update.get("weights")), org.assertj.core.data.Offset.offset(2e-7f));
            }
        }
    }

    @Test
    void givesTheSameBitsForEveryNumberOfThreads() {
        assertThat(trained(3)).isEqualTo(trained(1));
    }

    @Test
    void continuesFromCopiedMomentsAsIfNotStopped() {
        try (var arena = Arena.ofConfined()) {
            var parameters = big(arena);
            var first = new AdamW(parameters, SPEC, 1, arena);
            first.step(first.gradientNorm());
            var second = new AdamW(parameters, SPEC, 1, arena);
            second.firstMoment().copyFrom(first.firstMoment());
            second.secondMoment().copyFrom(first.secondMoment());
            second.restore(first.updates());
            second.step(second.gradientNorm());
            assertThat(FlatParameters.floats(parameters.weights())).isEqualTo(trained(1));
        }
    }

    @Test
    void refusesANormThatIsNotFiniteAndNamesTheTensor() {
        try (var arena = Arena.ofShared()) {
            var parameters = big(arena);
            float[] gradients = FlatParameters.floats(parameters.gradients());
            gradients[gradients.length - 2] = Float.NaN;
            FlatParameters.copy(gradients, parameters.gradients());
            var optimizer = new AdamW(parameters, SPEC, 2, arena);
            double norm = optimizer.gradientNorm();
            assertThat(norm).isNaN();
            assertThatThrownBy(() -> optimizer.step(norm)).hasMessageContaining("NaN");
            assertThat(GradientNorm.firstNonFinite(parameters, parameters.gradients()))
                    .hasValueSatisfying(
                            text -> assertThat(text).contains("'second'").contains("NaN"));
        }
    }

    @Test
    void warmsUpThenFallsInAStraightLineThenStays() {
        try (var arena = Arena.ofShared()) {
            var optimizer =
                    new AdamW(big(arena), new OptimizerSpec(0.5, 0.9, 0.95, 1e-8, 0, 5, 15, 0.1, 1.0), 1, arena);

            assertThat(optimizer.learningRate(1)).isEqualTo(0.1);
            assertThat(optimizer.learningRate(5)).isEqualTo(0.5);
            assertThat(optimizer.learningRate(10)).isCloseTo(0.3, within(1e-12));
            assertThat(optimizer.learningRate(15)).isEqualTo(0.1);
            assertThat(optimizer.learningRate(1000)).isEqualTo(0.1);
        }
    }

    private static final OptimizerSpec SPEC = new OptimizerSpec(0.01, 0.9, 0.95, 1e-8, 0.01, 0, 0, 0, 1.0);

    private static float[] trained(int threads) {
        try (var arena = Arena.ofShared()) {
            var parameters = big(arena);
            var optimizer = new AdamW(parameters, SPEC, threads, arena);
            optimizer.step(optimizer.gradientNorm());
            optimizer.step(optimizer.gradientNorm());
            return FlatParameters.floats(parameters.weights());
        }
    }

    private static FlatParameters big(Arena arena) {
        var shapes = new LinkedHashMap<String, long[]>();
        shapes.put("first", new long[] {Chunks.SIZE});
        shapes.put("second", new long[] {Chunks.SIZE / 2 + 3});
        var parameters = new FlatParameters(shapes, arena);
        var random = new SplittableRandom(7);
        var values = new float[Math.toIntExact(parameters.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        FlatParameters.copy(values, parameters.weights());
        FlatParameters.copy(values, parameters.gradients());
        return parameters;
    }

    private static OptimizerSpec spec(JsonNode node) {
        return new OptimizerSpec(
                node.get("learningRate").asDouble(),
                node.get("beta1").asDouble(),
                node.get("beta2").asDouble(),
                node.get("epsilon").asDouble(),
                node.get("weightDecay").asDouble(),
                node.get("warmupUpdates").asInt(),
                0,
                0,
                node.get("maxGradientNorm").asDouble());
    }

    private static java.util.SequencedMap<String, long[]> shapes(JsonNode node) {
        var shapes = new LinkedHashMap<String, long[]>();
        node.get("shapes").properties().forEach(e -> {
            var shape = new long[e.getValue().size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = e.getValue().get(i).asLong();
            }
            shapes.put(e.getKey(), shape);
        });
        return shapes;
    }

    private static float[] floats(JsonNode array) {
        var values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) array.get(i).asDouble();
        }
        return values;
    }

    private static JsonNode fixture() throws IOException {
        try (var in = Objects.requireNonNull(AdamWTest.class.getResourceAsStream("/fixtures/adamw.json"))) {
            return new ObjectMapper().readTree(in);
        }
    }
}
