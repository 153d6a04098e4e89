package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Map;
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
/// @param created when it was made
/// @param endedBefore of an engine: how many before it, one after another, ended by themselves
public record PodFacts(
        PodKey key,
        String uid,
        String revision,
        PodState state,
        int restarts,
        @Nullable String address,
        boolean busy,
        Instant created,
        int endedBefore) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    public PodFacts withRevision(String other) {
        return new PodFacts(key, uid, other, state, restarts, address, busy, created, endedBefore);
    }

    /// The same of a pod that an earlier owner of the name has left and cannot get rid of: it counts as an attempt, as
    /// it keeps its name, and how it ended says nothing.
    public PodFacts lost() {
        return new PodFacts(key, uid, revision, new PodState.Terminating(), restarts, address, false, created, 0);
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
    /// @param now tells a pod that its node is setting up from one that it cannot set up
    /// @return empty for a pod without our labels: a person took them away, and it is not ours any more
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
        Map<String, String> annotations = metadata.getAnnotations() == null ? Map.of() : metadata.getAnnotations();
        String ended = annotations.getOrDefault(Labels.ENDED, "");
        return Optional.of(new PodFacts(
                key,
                metadata.getUid(),
                annotations.getOrDefault(Labels.REVISION, ""),
                PodReading.state(pod, now),
                PodReading.restarts(pod),
                pod.getStatus() == null ? null : pod.getStatus().getPodIP(),
                PodReading.busy(pod),
                Instant.parse(metadata.getCreationTimestamp()),
                NUMBER.matcher(ended).matches() ? Integer.parseInt(ended) : 0));
    }
}
