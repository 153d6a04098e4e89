package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;

/// Whose a pod's name is. Pure.
final class PodNames {
    /// What the operator finds its pods by.
    private static final List<String> OURS =
            List.of(Labels.RUN, Labels.POOL, Labels.ROLE, Labels.INDEX, Labels.ATTEMPT);

    private PodNames() {}

    /// Whether the pod of that name is the one that was to be made, and is found as that.
    static boolean same(Pod wanted, Pod there) {
        Map<String, String> labels = wanted.getMetadata().getLabels();
        Map<String, String> found = there.getMetadata().getLabels();
        return Owners.controller(wanted)
                        .filter(owner -> Owners.controller(there)
                                .filter(other -> other.getUid().equals(owner.getUid()))
                                .isPresent())
                        .isPresent()
                && found != null
                && OURS.stream()
                        .filter(labels::containsKey)
                        .allMatch(label -> Objects.equals(labels.get(label), found.get(label)));
    }

    /// The pod under its next name.
    static Pod next(Pod pod) {
        int attempt = Integer.parseInt(pod.getMetadata().getLabels().get(Labels.ATTEMPT)) + 1;
        return new PodBuilder(pod)
                .editMetadata()
                .withName("%s-%d".formatted(pod.getSpec().getHostname(), attempt))
                .addToLabels(Labels.ATTEMPT, Integer.toString(attempt))
                .endMetadata()
                .build();
    }
}
