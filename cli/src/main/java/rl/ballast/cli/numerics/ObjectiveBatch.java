package rl.ballast.cli.numerics;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.ResourceSchema;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.trace.Routes;

/// The input of `ballast objective` (docs/design/formats.md): a recipe and the judged responses of one mini-batch.
///
/// @param limitsUnknown whether the file itself sets `recipe.replay.maxUnknownFraction`: the default is made for
///        the many tokens of a training step
record ObjectiveBatch(Recipe recipe, boolean limitsUnknown, List<Response> responses) {
    private static final Set<String> FIELDS = Set.of("recipe", "responses");
    private static final Set<String> RESPONSE_FIELDS = Set.of(
            "group",
            "prompt",
            "response",
            "reward",
            "proximalLogProbs",
            "rolloutLogProbs",
            "lossMask",
            "routes",
            "keptTokens");

    /// One response; n tokens.
    ///
    /// @param name where it stands in the file
    /// @param group number of its prompt
    /// @param tokens prompt and response
    /// @param proximalLogProbs [n]; null takes the trainer's own
    /// @param lossMask [n]
    /// @param routes recorded experts, one row per fed token; null if the file has none
    record Response(
            String name,
            int group,
            int[] tokens,
            int promptLength,
            double reward,
            double @Nullable [] proximalLogProbs,
            double[] rolloutLogProbs,
            boolean[] lossMask,
            @Nullable Routes routes,
            int @Nullable [][] keptTokens) {}

    /// @throws BadInput naming the field that is wrong
    /// @throws InvalidSpec if the recipe breaks its schema
    static ObjectiveBatch read(Path file, ModelConfig config) {
        InputField root = InputField.read(file).object(FIELDS);
        InputField recipe = root.get("recipe");
        Recipe bound = ResourceSchema.recipe().bind(recipe.objectNode(), Recipe.class);
        boolean limited =
                recipe.find("replay").flatMap(r -> r.find("maxUnknownFraction")).isPresent();
        Map<String, Integer> groups = new HashMap<>();
        List<Response> responses = new ArrayList<>();
        for (InputField field : root.get("responses").items()) {
            responses.add(response(field.object(RESPONSE_FIELDS), config, groups));
        }
        if (responses.isEmpty()) {
            throw root.get("responses").wrong("at least one response");
        }
        return new ObjectiveBatch(bound, limited, List.copyOf(responses));
    }

    private static Response response(InputField field, ModelConfig config, Map<String, Integer> groups) {
        int[] prompt = field.get("prompt").tokens(config.vocabSize());
        int[] response = field.get("response").tokens(config.vocabSize());
        int[] tokens = java.util.Arrays.copyOf(prompt, prompt.length + response.length);
        System.arraycopy(response, 0, tokens, prompt.length, response.length);
        if (prompt.length == 0) {
            throw field.get("prompt").wrong("at least one token");
        }
        if (tokens.length < 2 || tokens.length - 1 > config.maxPositions()) {
            throw new BadInput(
                    field.file(),
                    field.path(),
                    "2 to %d tokens in prompt and response (max_position_embeddings)"
                            .formatted(config.maxPositions() + 1),
                    tokens.length + " tokens");
        }
        int n = response.length;
        return new Response(
                field.path(),
                groups.computeIfAbsent(field.get("group").node().asText(), _ -> groups.size()),
                tokens,
                prompt.length,
                field.get("reward").number(),
                field.find("proximalLogProbs").map(f -> numbers(f, n)).orElse(null),
                numbers(field.get("rolloutLogProbs"), n),
                mask(field.find("lossMask"), n),
                field.find("routes")
                        .map(f -> RoutesField.read(f, config, tokens.length - 1, false))
                        .orElse(null),
                field.find("keptTokens").map(f -> kept(f, n, config)).orElse(null));
    }

    private static double[] numbers(InputField field, int count) {
        return field.items(count, "one per token of the response").stream()
                .mapToDouble(InputField::number)
                .toArray();
    }

    private static boolean[] mask(Optional<InputField> field, int count) {
        boolean[] mask = new boolean[count];
        java.util.Arrays.fill(mask, true);
        field.ifPresent(f -> {
            List<InputField> items = f.items(count, "one per token of the response");
            for (int t = 0; t < count; t++) {
                mask[t] = items.get(t).flag();
            }
        });
        return mask;
    }

    private static int[][] kept(InputField field, int count, ModelConfig config) {
        return field.items(count, "one per token of the response").stream()
                .map(item -> item.tokens(config.vocabSize()))
                .toArray(int[][]::new);
    }
}
