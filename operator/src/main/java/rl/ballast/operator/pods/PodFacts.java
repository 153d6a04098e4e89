package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.objects.Labels;
import rl.ballast.protocol.wire.LastWord;

/// One observed pod.
///
/// @param revision digest of what it was made from; empty if it has none
/// @param restarts of its containers by the kubelet
/// @param address IP, null before it has one
/// @param busy whether one of its containers runs that nobody has told to end
public record PodFacts(
        PodKey key,
        String uid,
        String revision,
        PodState state,
        int restarts,
        @Nullable String address,
        boolean busy) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    /// One none of whose containers runs beside what its state says.
    public PodFacts(PodKey key, String uid, String revision, PodState state, int restarts, @Nullable String address) {
        this(key, uid, revision, state, restarts, address, false);
    }

    public PodFacts withRevision(String other) {
        return new PodFacts(key, uid, other, state, restarts, address, busy);
    }

    /// The same of a pod that an earlier owner of the name has left and cannot get rid of: it counts as an attempt, as
    /// it
    /// keeps its name, and how it ended says nothing.
    public PodFacts lost() {
        return new PodFacts(key, uid, revision, new PodState.Terminating(), restarts, address);
    }

    public String name() {
        return key.name();
    }

    public boolean ready() {
        return state instanceof PodState.Running running && running.ready();
    }

    /// What its process left when it ended, if it did.
    public Optional<LastWord> lastWord() {
        return switch (state) {
            case PodState.Succeeded(LastWord word) -> Optional.ofNullable(word);
            case PodState.Failed(Ending ending) -> Optional.ofNullable(ending.word());
            case PodState.Waiting _, PodState.Running _, PodState.Terminating _ -> Optional.empty();
        };
    }

    /// Whether it runs or will run.
    public boolean live() {
        return state instanceof PodState.Running || state instanceof PodState.Waiting;
    }

    /// @param owner the run or pool that the names of the pods begin with
    /// @return empty for a pod without our labels: a person took them away, and it is not ours any more
    public static Optional<PodFacts> of(String owner, Pod pod) {
        return of(owner, pod, Instant.MIN);
    }

    /// @param now tells a pod that its node is setting up from one that it cannot set up
    public static Optional<PodFacts> of(String owner, Pod pod, Instant now) {
        var metadata = pod.getMetadata();
        var labels = metadata.getLabels();
        String index = labels.getOrDefault(Labels.INDEX, "");
        String attempt = labels.getOrDefault(Labels.ATTEMPT, "");
        if (!NUMBER.matcher(index).matches() || !NUMBER.matcher(attempt).matches()) {
            return Optional.empty();
        }
        Role role = Role.LEARNER.word().equals(labels.get(Labels.ROLE)) ? Role.LEARNER : Role.ENGINE;
        PodKey key = new PodKey(owner, role, Integer.parseInt(index), Integer.parseInt(attempt));
        String revision = metadata.getAnnotations() == null
                ? ""
                : metadata.getAnnotations().getOrDefault(Labels.REVISION, "");
        return Optional.of(new PodFacts(
                key,
                metadata.getUid(),
                revision,
                PodReading.state(pod, now),
                PodReading.restarts(pod),
                pod.getStatus() == null ? null : pod.getStatus().getPodIP(),
                PodReading.busy(pod)));
    }
}
