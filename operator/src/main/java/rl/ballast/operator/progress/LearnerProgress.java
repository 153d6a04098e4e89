package rl.ballast.operator.progress;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Answer of a learner's `GET /v1/progress`, as far as the operator reads it. Fields that an older learner does not
/// have are null.
@JsonIgnoreProperties(ignoreUnknown = true)
public record LearnerProgress(
        String phase,
        int step,
        int steps,
        long epoch,
        @Nullable Long policyVersion,
        @Nullable Double reward,
        @Nullable Double evaluation,
        @Nullable Double mismatchK3,
        @Nullable Double entropy,
        @Nullable Engines engines,
        @Nullable Replay replay,
        @Nullable Long traceBytes,
        @Nullable Integer checkpointStep,
        @Nullable String checkpointTime,
        @Nullable Integer largestLag,
        @Nullable ColdStart coldStart) {

    /// Supervised updates before the first step.
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ColdStart(int update, int updates) {}

    /// Where a learner is that has not published weights yet; empty once it has.
    public Optional<String> beforeFirstWeights() {
        if (policyVersion != null) {
            return Optional.empty();
        }
        return Optional.of(
                coldStart == null ? phase : "cold start %d of %d".formatted(coldStart.update, coldStart.updates));
    }

    /// @param served oldest version that an engine said it serves; null before the first
    /// @param reporting engines that answered when last asked
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Engines(@Nullable Long served, int reporting, int known) {}

    /// @param unknown routes that were not recorded, by reason, in the newest step
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Replay(
            @Nullable String mode,
            @Nullable String reason,
            @Nullable Double coverage,
            @Nullable Double disagreement,
            java.util.@Nullable Map<String, Long> unknown) {}
}
