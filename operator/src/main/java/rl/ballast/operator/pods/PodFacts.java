package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.objects.Labels;

/// One observed pod.
///
/// @param revision digest of what it was made from; empty if it has none
/// @param restarts of its containers by the kubelet
/// @param address IP, null before it has one
/// @param started epoch second at which the kubelet saw it; 0 before
public record PodFacts(
        PodKey key,
        String uid,
        String revision,
        PodState state,
        int restarts,
        @Nullable String address) {

    public PodFacts withRevision(String other) {
        return new PodFacts(key, uid, other, state, restarts, address);
    }

    public String name() {
        return key.name();
    }

    public boolean ready() {
        return state instanceof PodState.Running running && running.ready();
    }

    /// Whether it runs, will run, or has ended by itself with success.
    public boolean live() {
        return state instanceof PodState.Running || state instanceof PodState.Waiting;
    }

    /// @param owner the run or pool that the names of the pods begin with
    /// @throws NumberFormatException if a person removed our labels; such a pod is not ours any more
    public static PodFacts of(String owner, Pod pod) {
        var metadata = pod.getMetadata();
        var labels = metadata.getLabels();
        Role role = Role.LEARNER.word().equals(labels.get(Labels.ROLE)) ? Role.LEARNER : Role.ENGINE;
        PodKey key = new PodKey(
                owner, role, Integer.parseInt(labels.get(Labels.INDEX)), Integer.parseInt(labels.get(Labels.ATTEMPT)));
        String revision = metadata.getAnnotations() == null
                ? ""
                : metadata.getAnnotations().getOrDefault(Labels.REVISION, "");
        return new PodFacts(
                key,
                metadata.getUid(),
                revision,
                PodReading.state(pod),
                PodReading.restarts(pod),
                pod.getStatus() == null ? null : pod.getStatus().getPodIP());
    }
}
