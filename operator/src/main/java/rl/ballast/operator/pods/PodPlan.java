package rl.ballast.operator.pods;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.crds.plan.RunPlan.ImageCopy;

/// What one pod is rendered from.
///
/// @param run that the pod works for
/// @param pool of an engine; null for a learner
/// @param main process of the pod
/// @param fetch step before it; null for an engine
/// @param imageCopies before the fetch step
/// @param claim that holds the store
/// @param secret that holds the role configurations
/// @param service headless; gives the pod its stable address
/// @param template of a person, laid over the pod; null if there is none
/// @param revision digest of what it is made from
/// @param endedBefore of an engine: how many before it, one after another, ended by themselves
public record PodPlan(
        PodKey key,
        String namespace,
        String run,
        @Nullable String pool,
        OwnerReference owner,
        RolePlan main,
        @Nullable RolePlan fetch,
        List<ImageCopy> imageCopies,
        String claim,
        String secret,
        String service,
        @Nullable ObjectNode template,
        String revision,
        int endedBefore) {
    public PodPlan {
        imageCopies = List.copyOf(imageCopies);
    }
}
