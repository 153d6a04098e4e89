package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the learner of a run is doing.
///
/// @param epoch newest epoch that the learner reported
/// @param attempt newest start of the group
/// @param restarts starts that followed a failure
/// @param failures newest ends of an attempt that were no success, or left steps; the restart budget counts them, so
///     that those that count are kept the longest
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LearnerGroupStatus(
        @Nullable Long observedGeneration,
        @Nullable @Size(max = 16) List<Condition> conditions,
        @Nullable Integer replicas,
        @Nullable Integer readyReplicas,
        @Nullable Integer epoch,
        @Nullable Integer restarts,
        @Nullable Integer lastExitCode,
        @Nullable Integer attempt,
        @Nullable @Size(max = 32) List<Failure> failures) {

    /// How one attempt ended.
    ///
    /// @param exitCode of the process; absent if it was lost or killed with its pod
    /// @param counted whether it uses up the restart budget; a disruption from outside does not
    /// @param step trained steps known at that time; a later step resets the budget
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Failure(
            int attempt,
            @Nullable Integer exitCode,
            @Nullable @Size(max = 63) String reason,
            boolean counted,
            int step,
            @Nullable @Size(max = 64) String time) {}
}
