package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.protocol.recipe.AdvantageSpec;
import rl.ballast.protocol.recipe.ClipRange;
import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.LossSpec;
import rl.ballast.protocol.recipe.SequenceRule;
import rl.ballast.protocol.recipe.TokenRule;

/// Every option against torch autograd in float64 (`src/test/python/make_objective_vectors.py`).
class ObjectiveOracleTest {
    private static final JsonNode VECTORS = vectors();

    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        VECTORS.get("cases").forEach(one -> cases.add(Arguments.of(one.get("option"), one)));
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void lossMasksAndGradientAreThoseOfAutograd(JsonNode option, JsonNode expected) {
        TokenObjective objective = objective(option);
        double[] advantages = GroupAdvantage.byGroup(
                integers(VECTORS.get("groups")),
                doubles(VECTORS.get("rewards")),
                new AdvantageSpec(option.get("byStd").booleanValue()));
        double loss = 0;
        for (int i = 0; i < advantages.length; i++) {
            ResponseScores scores = response(i, advantages[i]);
            TokenTerms terms = objective.evaluate(scores, advantages.length);
            loss += terms.loss();
            double[] coefficients = doubles(expected.get("coefficients").get(i));
            boolean[] mask = flags(expected.get("masks").get(i));
            for (int t = 0; t < scores.length(); t++) {
                assertThat(terms.coefficient()[t])
                        .as("coefficient of response %d, token %d", i, t)
                        .isEqualTo(coefficients[t], within(1e-13 * Math.max(1, Math.abs(coefficients[t]))));
                assertThat(terms.mask()[t])
                        .as("mask of response %d, token %d", i, t)
                        .isEqualTo(mask[t]);
            }
        }
        assertThat(loss).isEqualTo(expected.get("loss").doubleValue(), within(1e-12));
    }

    @Test
    void diagnosticsAreThoseOfTheDefinitions() {
        EngineMismatch mismatch = new EngineMismatch();
        for (int i = 0; i < VECTORS.get("responses").size(); i++) {
            ResponseScores scores = response(i, 0);
            mismatch.add(scores.proximalLogProbs(), scores.rolloutLogProbs(), scores.lossMask());
        }

        JsonNode found = new ObjectMapper().valueToTree(mismatch.summary());

        assertAgrees("engineMismatch", found, VECTORS.get("mismatch"));
    }

    private static void assertAgrees(String name, JsonNode found, JsonNode expected) {
        expected.properties().forEach(field -> {
            String path = name + "." + field.getKey();
            JsonNode value = found.get(field.getKey());
            if (field.getValue().isObject()) {
                assertAgrees(path, value, field.getValue());
            } else {
                double number = field.getValue().doubleValue();
                assertThat(value.doubleValue())
                        .as(path)
                        .isEqualTo(number, within(1e-12 * Math.max(1, Math.abs(number))));
            }
        });
    }

    private static TokenObjective objective(JsonNode option) {
        ImportanceSampling sampling = new ImportanceSampling(
                option.get("sampling").booleanValue(),
                true,
                option.get("truncation").doubleValue(),
                TokenRule.valueOf(option.get("rule").textValue()),
                option.get("maskLow").doubleValue(),
                option.get("maskHigh").doubleValue(),
                option.get("divergenceLimit").doubleValue(),
                SequenceRule.valueOf(option.get("sequenceRule").textValue()),
                option.get("sequenceLow").doubleValue(),
                option.get("sequenceHigh").doubleValue(),
                option.get("opsmDelta").doubleValue());
        LossSpec.Aggregation aggregation = option.get("lengthNormalized").booleanValue()
                ? LossSpec.Aggregation.LengthNormalized
                : LossSpec.Aggregation.TokenSum;
        ClipRange clip = new ClipRange(0.2, 0.27, option.get("clip").booleanValue());
        return TokenObjective.of(clip, sampling, new LossSpec(aggregation));
    }

    private static ResponseScores response(int i, double advantage) {
        JsonNode response = VECTORS.get("responses").get(i);
        return new ResponseScores(
                advantage,
                doubles(response.get("trainerLogProbs")),
                doubles(response.get("proximalLogProbs")),
                doubles(response.get("rolloutLogProbs")),
                flags(response.get("lossMask")));
    }

    private static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).doubleValue();
        }
        return values;
    }

    private static int[] integers(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue();
        }
        return values;
    }

    private static boolean[] flags(JsonNode array) {
        boolean[] values = new boolean[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue() == 1;
        }
        return values;
    }

    private static JsonNode vectors() {
        try (InputStream in = Objects.requireNonNull(
                ObjectiveOracleTest.class.getResourceAsStream("/objective/vectors.json"), "vectors.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException("vectors.json cannot be read", e);
        }
    }
}
