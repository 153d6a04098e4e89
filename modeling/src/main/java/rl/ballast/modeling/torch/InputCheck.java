package rl.ballast.modeling.torch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// What every sequence must satisfy before it is fed; messages name the sequence by its index in the batch.
final class InputCheck {
    private InputCheck() {}

    /// @throws InvalidInput for the first sequence that does not fit the model
    static void check(ModelConfig config, List<ForwardInput> inputs, double temperature) {
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw new InvalidInput("temperature: %s, expected a finite number above 0".formatted(temperature));
        }
        for (int i = 0; i < inputs.size(); i++) {
            ForwardInput input = inputs.get(i);
            tokens(config, i, input);
            replay(config, i, input.replay(), input.tokens().length - 1);
            keptTokens(config, i, input);
        }
    }

    private static void tokens(ModelConfig config, int index, ForwardInput input) {
        int[] tokens = input.tokens();
        if (tokens.length < 2) {
            throw new InvalidInput("sequence %d: %d tokens, expected at least 2".formatted(index, tokens.length));
        }
        if (tokens.length - 1 > config.maxPositions()) {
            throw new InvalidInput("sequence %d: %d positions, the model has %d (max_position_embeddings)"
                    .formatted(index, tokens.length - 1, config.maxPositions()));
        }
        for (int t = 0; t < tokens.length; t++) {
            if (tokens[t] < 0 || tokens[t] >= config.vocabSize()) {
                throw new InvalidInput("sequence %d: token %d is %d, expected 0 to %d"
                        .formatted(index, t, tokens[t], config.vocabSize() - 1));
            }
        }
        if (input.scoredFrom() < 1 || input.scoredFrom() > tokens.length) {
            throw new InvalidInput(
                    "sequence %d: scoredFrom %d, expected 1 to %d".formatted(index, input.scoredFrom(), tokens.length));
        }
    }

    private static void replay(ModelConfig config, int index, @Nullable Routes replay, int rows) {
        if (replay == null) {
            return;
        }
        int layers = config.moeLayerIndices().length;
        if (layers == 0) {
            throw new InvalidInput("sequence %d: routes for a dense model".formatted(index));
        }
        if (replay.rows() != rows || replay.layers() != layers || replay.topK() != config.expertsPerToken()) {
            throw new InvalidInput("sequence %d: routes are [%d][%d][%d], expected [%d][%d][%d]"
                    .formatted(
                            index,
                            replay.rows(),
                            replay.layers(),
                            replay.topK(),
                            rows,
                            layers,
                            config.expertsPerToken()));
        }
        for (int row = 0; row < rows; row++) {
            for (int layer = 0; layer < layers; layer++) {
                int last = replay.id(row, layer, replay.topK() - 1);
                if (replay.valid(row, layer) && last >= config.numExperts()) {
                    throw new InvalidInput(
                            "sequence %d: routes of row %d, MoE layer %d name expert %d, expected 0 to %d"
                                    .formatted(index, row, layer, last, config.numExperts() - 1));
                }
            }
        }
    }

    private static void keptTokens(ModelConfig config, int index, ForwardInput input) {
        int[][] kept = input.keptTokens();
        if (kept == null) {
            return;
        }
        int scored = input.tokens().length - input.scoredFrom();
        if (kept.length != scored) {
            throw new InvalidInput("sequence %d: keptTokens for %d tokens, expected %d scored tokens"
                    .formatted(index, kept.length, scored));
        }
        for (int n = 0; n < scored; n++) {
            boolean found = false;
            for (int id : kept[n]) {
                if (id < 0 || id >= config.vocabSize()) {
                    throw new InvalidInput("sequence %d: keptTokens[%d] has id %d, expected 0 to %d"
                            .formatted(index, n, id, config.vocabSize() - 1));
                }
                found |= id == input.tokens()[input.scoredFrom() + n];
            }
            if (!found) {
                throw new InvalidInput("sequence %d: keptTokens[%d] lacks the sampled token %d"
                        .formatted(index, n, input.tokens()[input.scoredFrom() + n]));
            }
        }
    }
}
