package rl.ballast.trainer.rollouts;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.recipe.SamplingSpec;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.trainer.LearnerFailure;

/// Makes requests and checks that an answer is an answer to its request.
///
/// @param epoch of this learner
record Sampling(SamplingSpec spec, ModelConfig model, long epoch) {

    GenerateRequest request(
            String id, int step, Prompt prompt, long[] seeds, long version, @Nullable String traceFile) {
        int room = model.maxPositions() - prompt.tokens().length;
        if (prompt.tokens().length == 0 || room < 1) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION,
                    "prompt %d: expected 1 to %d tokens so that a response fits into the model's %d, found %d"
                            .formatted(
                                    prompt.index(),
                                    model.maxPositions() - 1,
                                    model.maxPositions(),
                                    prompt.tokens().length));
        }
        return new GenerateRequest(
                id,
                epoch,
                version,
                step,
                prompt.tokens(),
                seeds,
                spec.temperature(),
                spec.topK(),
                spec.topP(),
                Math.min(room, spec.maxTokens()),
                model.eosTokens(),
                spec.keepMask(),
                traceFile);
    }

    /// @throws LearnerFailure naming the request, the field, expected and found
    static void check(GenerateRequest request, GenerateResponse response) {
        require(request, "requestId", request.requestId(), response.requestId());
        require(request, "samples", request.seeds().length, response.samples().size());
        List<GenerateResponse.Sample> samples = response.samples();
        for (int i = 0; i < samples.size(); i++) {
            GenerateResponse.Sample sample = samples.get(i);
            int tokens = sample.tokens().length;
            require(request, "samples[%d].rolloutLogProbs".formatted(i), tokens, sample.rolloutLogProbs().length);
            int spanned = 0;
            for (GenerateResponse.VersionSpan span : sample.versions()) {
                require(request, "samples[%d].versions".formatted(i), request.minPolicyVersion(), span.policyVersion());
                spanned += span.tokens();
            }
            require(request, "samples[%d].versions (tokens)".formatted(i), tokens, spanned);
            if (request.keepMask()) {
                int[][] kept = sample.keptTokens();
                require(request, "samples[%d].keptTokens".formatted(i), tokens, kept == null ? -1 : kept.length);
            }
            checkFinite(request, i, sample.rolloutLogProbs());
        }
    }

    private static void checkFinite(GenerateRequest request, int sample, float[] logProbs) {
        for (int t = 0; t < logProbs.length; t++) {
            if (!Float.isFinite(logProbs[t])) {
                throw new LearnerFailure(
                        ExitCode.NUMERICS,
                        "request %s, sample %d, rolloutLogProbs[%d]: expected a finite number, found %s"
                                .formatted(request.requestId(), sample, t, logProbs[t]));
            }
        }
    }

    private static void require(GenerateRequest request, String field, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new LearnerFailure(
                    ExitCode.CORRUPT,
                    "request %s (%d seeds, first %s): the engine answered %s = %s, expected %s"
                            .formatted(
                                    request.requestId(),
                                    request.seeds().length,
                                    Arrays.stream(request.seeds())
                                            .limit(1)
                                            .boxed()
                                            .toList(),
                                    field,
                                    found,
                                    expected));
        }
    }
}
