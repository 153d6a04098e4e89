package rl.ballast.protocol.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// `POST /v1/rollouts`: sample `seeds.size()` responses to one prompt.
///
/// @param requestId unique in the run; a repeated id with the same content gives the same tokens
/// @param epoch of the learner; an older one than the engine has seen is refused (409)
/// @param minPolicyVersion an engine below it answers 409 with its own version
/// @param step training step, for the trace folder and for seeds; -1 for evaluation
/// @param promptTokens never re-tokenised
/// @param seeds one per response; derived from (run seed, step, prompt, sample)
/// @param temperature above 0; exactly 0 takes the likeliest token and is for evaluation only
/// @param topK 0 keeps the whole vocabulary
/// @param topP 1 keeps the whole vocabulary
/// @param maxTokens prompt and response together must fit the model's longest sequence
/// @param stopTokens ids that end a response and belong to it
/// @param traceFile store-relative file that the routes are written to; null captures nothing.
///        It lies under `traces/` and ends in `.trace`
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GenerateRequest(
        String requestId,
        long epoch,
        long minPolicyVersion,
        int step,
        int[] promptTokens,
        long[] seeds,
        double temperature,
        int topK,
        double topP,
        int maxTokens,
        int[] stopTokens,
        boolean keepMask,
        @Nullable String traceFile) {}
