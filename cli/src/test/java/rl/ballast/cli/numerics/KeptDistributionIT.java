package rl.ballast.cli.numerics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.ResourceSchema;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.TorchOptions;
import rl.ballast.modeling.torch.TorchPolicy;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.ModelWeights;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.EngineSettings;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.GroupRequest;
import rl.ballast.rollout.engine.GroupResult.Sample;
import rl.ballast.rollout.engine.RolloutEngine;
import rl.ballast.rollout.vector.VectorBackend;

/// With top-k or top-p the engine samples from a part of the vocabulary; with `keepMask` the learner scores that very
/// distribution, so that importance weights of weights that have not moved are 1.
final class KeptDistributionIT {
    private static final Path MODEL = Invocation.FIXTURES.resolve("moe-normalised");
    private static final int[] PROMPT = {5, 17, 40, 8};

    @ParameterizedTest
    @CsvSource({"7, 1, 1", "0, 0.6, 1", "12, 0.8, 0.7", "1, 1, 1.3"})
    void theLearnerScoresTheDistributionThatWasSampledFrom(int topK, double topP, double temperature) {
        List<Sample> samples = sample(topK, topP, temperature, true);

        int farWithoutMask = 0;
        for (Sample sample : samples) {
            int[][] kept = Objects.requireNonNull(sample.keptTokens());
            float[] scored = score(sample, kept, temperature);
            float[] unmasked = score(sample, null, temperature);
            for (int t = 0; t < scored.length; t++) {
                assertThat(scored[t]).isCloseTo(sample.rolloutLogProbs()[t], within(1e-4f));
                farWithoutMask += Math.abs(unmasked[t] - sample.rolloutLogProbs()[t]) > 1e-2 ? 1 : 0;
            }
        }
        assertThat(farWithoutMask).isGreaterThan(samples.size());
    }

    @Test
    void trainingWithoutTheMaskIsRefusedAndEvaluationIsFree() {
        assertThat(recipe("{\"topK\": 7, \"keepMask\": true}")).isNull();
        assertThat(recipe("{\"topK\": 7}")).contains("needs sampling.keepMask: true");
        assertThat(recipe("{\"topP\": 0.9}")).contains("needs sampling.keepMask: true");
        assertThat(sample(7, 0.9, 1, false)).allMatch(sample -> sample.keptTokens() == null);
    }

    /// What the schema says against a recipe with this sampling; null if nothing.
    private static @Nullable String recipe(String sampling) {
        try {
            var json =
                    (com.fasterxml.jackson.databind.node.ObjectNode) new com.fasterxml.jackson.databind.ObjectMapper()
                            .readTree("{\"onPolicy\": {}, \"sampling\": %s}".formatted(sampling));
            ResourceSchema.recipe().bind(json, Recipe.class);
            return null;
        } catch (InvalidSpec e) {
            return e.getMessage();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Sample> sample(int topK, double topP, double temperature, boolean keepMask) {
        ModelConfig config = ModelConfigReader.read(MODEL);
        try (ModelWeights source = ModelWeights.open(MODEL);
                Arena arena = Arena.ofShared();
                RolloutEngine engine = RolloutEngine.start(
                        VectorBackend.create(config, ServedPrecision.F32, 2, 16, 4 << 20),
                        new EngineSettings(8, 64, SwapPolicy.RecomputeCache))) {
            ServedWeights served = ServedWeights.of(source, config, ServedPrecision.F32, arena);
            Map<String, String> digests = served.tensors().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, e -> e.getValue().digest()));
            engine.swap(new EngineWeights(new PolicyVersion(1), config, served, digests))
                    .join();
            long[] seeds = {1, 2, 3, 4};
            return engine.submit(new GroupRequest(
                            "kept", PROMPT, seeds, temperature, topK, topP, 12, new int[0], keepMask, false))
                    .join()
                    .samples();
        }
    }

    private static float[] score(Sample sample, int @Nullable [][] kept, double temperature) {
        ModelConfig config = ModelConfigReader.read(MODEL);
        try (FlatParameterStore store = FlatParameterStore.load(MODEL, config);
                TorchPolicy policy = new TorchPolicy(config, store, TorchOptions.withThreads(2))) {
            int[] whole = IntStream.concat(IntStream.of(PROMPT), IntStream.of(sample.tokens()))
                    .toArray();
            return policy.score(List.of(new ForwardInput(whole, PROMPT.length, null, kept)), temperature, false)
                    .getFirst()
                    .trainerLogProbs();
        }
    }
}
