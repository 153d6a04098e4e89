package rl.ballast.rollout.engine;

/// Sample `seeds.length` responses to one prompt.
///
/// @param requestId unique among the requests in progress
/// @param seeds one per response; the same seed gives the same tokens under the same weights, whatever else
///        runs
/// @param temperature 0 takes the likeliest token
/// @param topK 0 keeps the whole vocabulary
/// @param topP 1 keeps the whole vocabulary
/// @param maxTokens upper bound of a response; the model's longest sequence is another
/// @param stopTokens ids that end a response and belong to it
/// @param keepMask report the ids that topK and topP kept
/// @param captureRoutes report the chosen experts of every fed position
public record GroupRequest(
        String requestId,
        int[] promptTokens,
        long[] seeds,
        double temperature,
        int topK,
        double topP,
        int maxTokens,
        int[] stopTokens,
        boolean keepMask,
        boolean captureRoutes) {}
