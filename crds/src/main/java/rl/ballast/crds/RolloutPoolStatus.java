package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a pool is doing.
///
/// @param replicas pods that exist; read by `/scale`
/// @param selector label selector of the pods as a string; read by `/scale`
/// @param policyVersion oldest version that a ready engine serves
/// @param heldBy the run that uses the pool now
/// @param heldByUid UID of that run: another of its name is another run
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutPoolStatus(
        @Nullable Long observedGeneration,
        @Nullable @Size(max = 16) List<Condition> conditions,
        @Nullable @StatusReplicas Integer replicas,
        @Nullable Integer readyReplicas,
        @Nullable @Size(max = 1024) @LabelSelector String selector,
        @Nullable Long policyVersion,
        @Nullable @Size(max = 253) String heldBy,
        @Nullable @Size(max = 63) String heldByUid,
        @Nullable Integer restarts) {}
