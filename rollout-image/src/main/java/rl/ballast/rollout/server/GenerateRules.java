package rl.ballast.rollout.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.rollout.engine.EngineRefusal;

/// Refuses requests that make no sense for the model, naming the field, what was expected and what was found.
///
/// @param captureRoutes whether this engine captures routes
record GenerateRules(ModelConfig model, StoreLayout store, boolean captureRoutes) {
    private static final int MAX_ID_LENGTH = 200;
    private static final int MAX_SEEDS = 4_096;
    private static final int EVALUATION = -1;

    /// @throws EngineRefusal `BAD_REQUEST`
    void check(GenerateRequest request) {
        identity(request);
        tokens("promptTokens", request.promptTokens());
        tokens("stopTokens", request.stopTokens());
        seeds(request.seeds());
        lengths(request);
        sampling(request);
        String traceFile = request.traceFile();
        if (traceFile != null) {
            traceFile(traceFile);
        }
    }

    private static void identity(GenerateRequest request) {
        String id = request.requestId();
        if (id == null || id.isBlank() || id.length() > MAX_ID_LENGTH || hasControls(id)) {
            throw wrong(
                    "requestId", "1 to %d characters, none of them control characters".formatted(MAX_ID_LENGTH), id);
        }
        if (request.minPolicyVersion() < 0) {
            throw wrong("minPolicyVersion", "at least 0", request.minPolicyVersion());
        }
        if (request.step() < EVALUATION) {
            throw wrong("step", "at least -1", request.step());
        }
    }

    private static boolean hasControls(String text) {
        return text.codePoints().anyMatch(c -> Character.isISOControl(c) || (c >= 0xd800 && c <= 0xdfff));
    }

    private void tokens(String field, int @Nullable [] ids) {
        if (ids == null) {
            throw wrong(field, "a list of token ids", null);
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= model.vocabSize()) {
                throw wrong("%s[%d]".formatted(field, i), "a token id below %d".formatted(model.vocabSize()), ids[i]);
            }
        }
    }

    private static void seeds(long @Nullable [] seeds) {
        if (seeds == null || seeds.length == 0 || seeds.length > MAX_SEEDS) {
            throw wrong("seeds", "1 to %d, one per response".formatted(MAX_SEEDS), seeds == null ? null : seeds.length);
        }
    }

    private void lengths(GenerateRequest request) {
        int prompt = request.promptTokens().length;
        if (prompt == 0) {
            throw wrong("promptTokens", "at least one token", "none");
        }
        if (request.maxTokens() < 1) {
            throw wrong("maxTokens", "at least 1", request.maxTokens());
        }
        if ((long) prompt + request.maxTokens() > model.maxPositions()) {
            throw wrong(
                    "maxTokens",
                    "prompt and response together within the model's %d positions".formatted(model.maxPositions()),
                    "%d + %d".formatted(prompt, request.maxTokens()));
        }
    }

    private static void sampling(GenerateRequest request) {
        double temperature = request.temperature();
        boolean greedyEvaluation = temperature == 0 && request.step() == EVALUATION;
        if (!greedyEvaluation && !(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw wrong("temperature", "a finite number above 0 (exactly 0 with step -1 only)", temperature);
        }
        if (request.topK() < 0) {
            throw wrong("topK", "at least 0", request.topK());
        }
        if (!(request.topP() > 0 && request.topP() <= 1)) {
            throw wrong("topP", "above 0 and at most 1", request.topP());
        }
    }

    private void traceFile(String traceFile) {
        if (!captureRoutes) {
            throw wrong("traceFile", "nothing: this engine was started with captureRoutes: false", traceFile);
        }
        if (!model.mixtureOfExperts()) {
            throw wrong("traceFile", "nothing: the model is dense and has no routes", traceFile);
        }
        if (hasControls(traceFile) || !traceFile.endsWith(".trace") || !insideTraces(traceFile)) {
            throw wrong("traceFile", "a store-relative path such as traces/v000001/NAME.trace", traceFile);
        }
    }

    private boolean insideTraces(String traceFile) {
        try {
            Path traces = store.root().normalize().resolve("traces");
            Path file = store.inside(traceFile);
            return file.startsWith(traces) && file.getNameCount() > traces.getNameCount() + 1;
        } catch (IllegalArgumentException escapes) {
            return false;
        }
    }

    private static EngineRefusal wrong(String field, String expected, @Nullable Object found) {
        return new EngineRefusal(
                Reason.BAD_REQUEST,
                "%s: expected %s, found %s".formatted(field, expected, found == null ? "nothing" : found));
    }
}
