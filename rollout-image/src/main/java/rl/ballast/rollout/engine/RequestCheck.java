package rl.ballast.rollout.engine;

import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.sample.SamplingRule;

/// Refuses requests that the model or the cache cannot serve.
final class RequestCheck {
    private final ModelConfig config;
    private final int cacheTokens;

    RequestCheck(ModelConfig config, int cacheTokens) {
        this.config = config;
        this.cacheTokens = cacheTokens;
    }

    /// @throws EngineRefusal `BAD_REQUEST`
    void check(GroupRequest request) {
        tokens(request, "promptTokens", request.promptTokens());
        tokens(request, "stopTokens", request.stopTokens());
        require(request, request.seeds().length > 0, "seeds: expected one per response, found none");
        require(
                request,
                request.maxTokens() >= 1,
                "maxTokens: expected at least 1, found %d".formatted(request.maxTokens()));
        int prompt = request.promptTokens().length;
        require(request, prompt > 0, "promptTokens: expected at least one token, found none");
        require(
                request,
                prompt < config.maxPositions(),
                "promptTokens: the model takes %d positions, the prompt alone has %d tokens; shorten it"
                        .formatted(config.maxPositions(), prompt));
        require(
                request,
                longest(request) <= cacheTokens,
                "prompt of %d and up to %d new tokens can never fit the KV cache of %d tokens; raise kvCacheBytes or lower maxTokens"
                        .formatted(prompt, longest(request) - prompt, cacheTokens));
        try {
            new SamplingRule(request.temperature(), request.topK(), request.topP());
        } catch (IllegalArgumentException e) {
            throw refusal(request, String.valueOf(e.getMessage()));
        }
    }

    /// Prompt and longest response together, within the model's positions.
    int longest(GroupRequest request) {
        return (int) Math.min(config.maxPositions(), (long) request.promptTokens().length + request.maxTokens());
    }

    private void tokens(GroupRequest request, String field, int[] tokens) {
        for (int i = 0; i < tokens.length; i++) {
            require(
                    request,
                    tokens[i] >= 0 && tokens[i] < config.vocabSize(),
                    "%s[%d]: expected a token id below %d, found %d"
                            .formatted(field, i, config.vocabSize(), tokens[i]));
        }
    }

    private static void require(GroupRequest request, boolean holds, String message) {
        if (!holds) {
            throw refusal(request, message);
        }
    }

    private static EngineRefusal refusal(GroupRequest request, String message) {
        return new EngineRefusal(Reason.BAD_REQUEST, "request '%s': %s".formatted(request.requestId(), message));
    }
}
