package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.Departure;
import rl.ballast.operator.store.Claims;

/// What a run finds under its name that is not its own, or not any more. Pure.
///
/// @param leaving what an earlier run of that name has left, or is deleted in the foreground, and the garbage collector
///     is to take
/// @param taken kind and name of a child that somebody else has made
record Others(List<String> leaving, Optional<Taken> taken) {
    static final Others NONE = new Others(List.of(), Optional.empty());
    private static final int NAMED = 3;

    record Taken(String kind, String name) {}

    Others {
        leaving = List.copyOf(leaving);
    }

    /// @param children learner groups, and pools that the run does not merely share
    /// @param shared services, policies and budgets with the run's label
    /// @param claim of the run's store
    /// @param pods with the run's label that none of its children controls
    static Others of(
            RLRun run,
            List<? extends HasMetadata> children,
            List<? extends HasMetadata> shared,
            @Nullable PersistentVolumeClaim claim,
            List<Pod> pods,
            Instant now) {
        List<HasMetadata> leaving = new ArrayList<>();
        Optional<Taken> taken = Optional.empty();
        for (HasMetadata child : children) {
            boolean going = child.getMetadata().getDeletionTimestamp() != null;
            if (Owners.ofAnother(run, child) || (going && Owners.controls(run, child))) {
                leaving.add(child);
            } else if (!Owners.controls(run, child)) {
                taken = Optional.of(
                        new Taken(child.getKind(), child.getMetadata().getName()));
            }
        }
        shared.stream().filter(object -> Owners.ofAnother(run, object)).forEach(leaving::add);
        if (claim != null && Claims.leaves(run, claim)) {
            leaving.add(claim);
        }
        pods.stream()
                .filter(pod -> Owners.controller(pod).isPresent() && !Departure.overdue(pod, now))
                .forEach(leaving::add);
        return new Others(
                leaving.stream()
                        .map(object -> "%s '%s'"
                                .formatted(
                                        object.getKind(), object.getMetadata().getName()))
                        .toList(),
                taken);
    }

    /// The first few of what is leaving.
    String named() {
        String first = String.join(", ", leaving.subList(0, Math.min(NAMED, leaving.size())));
        return leaving.size() <= NAMED ? first : "%s and %d more".formatted(first, leaving.size() - NAMED);
    }
}
