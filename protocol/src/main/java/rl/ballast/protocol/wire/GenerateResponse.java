package rl.ballast.protocol.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to [GenerateRequest], one sample per seed, in order.
///
/// @param trace where the routes lie; null when none were asked for
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GenerateResponse(
        String requestId,
        long epoch,
        List<Sample> samples,
        @Nullable TraceReference trace) {
    public GenerateResponse {
        samples = List.copyOf(samples);
    }

    /// @param tokens sampled ids, the stop token included
    /// @param rolloutLogProbs natural log of the probability that each token was sampled with, after
    /// temperature,
    ///        top-k and top-p
    /// @param versions which weights sampled which tokens, in order; counts add up to `tokens.length`
    /// @param keptTokens per position the ids that top-k and top-p kept; null unless asked for
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sample(
            int[] tokens,
            float[] rolloutLogProbs,
            List<VersionSpan> versions,
            FinishReason finishReason,
            int @Nullable [][] keptTokens) {}

    public record VersionSpan(long policyVersion, int tokens) {}

    public enum FinishReason {
        STOP,
        LENGTH
    }

    /// @param file store-relative
    /// @param sha256 hex digest of the file
    public record TraceReference(String file, long bytes, String sha256) {}
}
