package rl.ballast.protocol.objective;

/// What happened to the tokens of one or more responses.
///
/// @param responses scored, empty and dropped ones included
/// @param tokens that `lossMask` keeps
/// @param clippedHigh tokens excluded on the upper side (positive advantage), by the clip or by DPPO's trust region
/// @param clippedLow tokens excluded on the lower side (negative advantage)
/// @param ruleMasked tokens excluded by IcePop
/// @param truncated tokens that contribute with a weight cut to the truncation
/// @param clamped log differences (up to three per token) cut to [LogRatio#LIMIT]
/// @param droppedResponses responses excluded whole by the sequence rule
/// @param droppedTokens their tokens
public record ObjectiveCounts(
        long responses,
        long tokens,
        long clippedHigh,
        long clippedLow,
        long ruleMasked,
        long truncated,
        long clamped,
        long droppedResponses,
        long droppedTokens) {

    public static final ObjectiveCounts NONE = new ObjectiveCounts(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public ObjectiveCounts plus(ObjectiveCounts other) {
        return new ObjectiveCounts(
                responses + other.responses,
                tokens + other.tokens,
                clippedHigh + other.clippedHigh,
                clippedLow + other.clippedLow,
                ruleMasked + other.ruleMasked,
                truncated + other.truncated,
                clamped + other.clamped,
                droppedResponses + other.droppedResponses,
                droppedTokens + other.droppedTokens);
    }
}
