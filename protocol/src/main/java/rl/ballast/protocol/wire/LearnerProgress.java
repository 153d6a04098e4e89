package rl.ballast.protocol.wire;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.objective.WarningSigns.Verdict;

/// Answer of a learner's `GET /v1/progress`. Measurements are those of the newest step that has a line of
/// metrics; what has not been measured, is no finite number, or an older learner does not say, is null or, where a
/// number cannot be null, 0.
///
/// @param phase what the learner does, in lower case
/// @param step last recorded step
/// @param steps steps of the run
/// @param epoch start of the learner that answers
/// @param policyVersion newest published version; null before the first
/// @param etaSeconds estimate for the steps that are left
/// @param largestLag versions between what sampled a token and what trained on it, at most
/// @param stability what the warning signs of the last steps say; null while there are too few
@JsonInclude(JsonInclude.Include.NON_NULL)
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
        @Nullable Double clipFraction,
        @Nullable Double tokensPerSecond,
        @Nullable Double etaSeconds,
        @Nullable Replay replay,
        @Nullable Long traceBytes,
        @Nullable Engines engines,
        @Nullable Integer checkpointStep,
        @Nullable String checkpointTime,
        @Nullable Integer largestLag,
        @Nullable Verdict stability,
        @Nullable Generation generation,
        @Nullable ColdStart coldStart) {
    public LearnerProgress {
        // What another process has written may lack any field.
        phase = Objects.requireNonNullElse(phase, "unknown");
        reward = finite(reward);
        evaluation = finite(evaluation);
        mismatchK3 = finite(mismatchK3);
        entropy = finite(entropy);
        clipFraction = finite(clipFraction);
        tokensPerSecond = finite(tokensPerSecond);
        etaSeconds = finite(etaSeconds);
        stability = stability == null || stability.reason() == null || stability.message() == null ? null : stability;
    }

    private static @Nullable Double finite(@Nullable Double value) {
        return value == null || Double.isFinite(value) ? value : null;
    }

    /// Routing of the newest step.
    ///
    /// @param disagreement share of (token, layer) pairs for which engine and learner chose other experts
    /// @param unknown routes that were not recorded, by reason
    /// @param corruptTraces trace files of the step, or of the one in progress, that are not what their
    ///        checksum, format or tokens say, and are recorded again
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Replay(
            @Nullable String mode,
            @Nullable String reason,
            @Nullable Double coverage,
            @Nullable Double disagreement,
            @Nullable Map<String, Long> unknown,
            int corruptTraces) {
        public Replay {
            coverage = finite(coverage);
            disagreement = finite(disagreement);
        }
    }

    /// What the engines said when last asked.
    ///
    /// @param served oldest version that an engine serves; null before the first
    /// @param reporting engines that answered
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Engines(@Nullable Long served, int reporting, int known) {}

    /// Groups of the step that is being sampled.
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Generation(int step, int groupsDone, int groups) {}

    /// Supervised updates before the first step.
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ColdStart(
            int update, int updates, @Nullable Double loss) {
        public ColdStart {
            loss = finite(loss);
        }
    }

    /// Where a learner is that has not published weights yet; empty once it has.
    public Optional<String> beforeFirstWeights() {
        if (policyVersion != null) {
            return Optional.empty();
        }
        return Optional.of(
                coldStart == null ? phase : "cold start %d of %d".formatted(coldStart.update, coldStart.updates));
    }
}
