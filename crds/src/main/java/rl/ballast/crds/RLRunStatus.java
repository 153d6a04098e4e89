package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a run is doing. Everything is absent until it is known.
///
/// @param step trained steps
/// @param policyVersion newest published version
/// @param epoch starts of the learner
/// @param largestLag versions between the newest weights and the oldest rollout of the last step
/// @param reward mean reward of the last step
/// @param mismatchKl k3 between engine and learner in the last step
/// @param traceBytes bytes of routing traces in the store
/// @param restarts starts of the learner that followed a failure
/// @param startTime when its pods were first wanted; after a suspension, when they were wanted again
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RLRunStatus(
        @Nullable Long observedGeneration,
        @Nullable @Size(max = 16) List<Condition> conditions,
        @Nullable Integer step,
        @Nullable Long policyVersion,
        @Nullable Integer epoch,
        @Nullable Integer largestLag,
        @Nullable Double reward,
        @Nullable Double evaluationScore,
        @Nullable Double mismatchKl,
        @Nullable Double entropy,
        @Nullable Replay replay,
        @Nullable Long traceBytes,
        @Nullable Engines engines,
        @Nullable Integer restarts,
        @Nullable LastCheckpoint lastCheckpoint,
        @Nullable @Size(max = 64) String specDigest,
        @Nullable @Size(max = 64) String startTime,
        @Nullable @Size(max = 64) String completionTime) {

    /// @param mode None, R2 or R3
    /// @param reason why this mode
    /// @param coverage share of needed (token, layer) routes that were recorded; absent where none are
    /// @param disagreement share of expert slots in which the learner's live router differs from the engine's
    /// @param corruptTraces trace files of the newest step that were damaged, and are recorded again
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Replay(
            @Nullable @Size(max = 16) String mode,
            @Nullable @Size(max = 1024) String reason,
            @Nullable Double coverage,
            @Nullable Double disagreement,
            @Nullable Integer corruptTraces) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Engines(@Nullable Integer ready, @Nullable Integer desired) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record LastCheckpoint(
            @Nullable Integer step,
            @Nullable @Size(max = 64) String time) {}
}
