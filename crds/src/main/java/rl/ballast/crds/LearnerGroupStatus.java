package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the learner of a run is doing.
///
/// @param epoch starts of the group
/// @param restarts starts after a failure
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LearnerGroupStatus(
        @Nullable Long observedGeneration,
        @Nullable @Size(max = 16) List<Condition> conditions,
        @Nullable Integer replicas,
        @Nullable Integer readyReplicas,
        @Nullable Integer epoch,
        @Nullable Integer restarts,
        @Nullable Integer lastExitCode) {}
