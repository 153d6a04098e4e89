package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Why a pod does not run yet, and whether a person may have to do something about it. Pure.
final class WaitReading {
    /// Reason of a pod whose node cannot mount what it names, or set up its network.
    static final String NOT_MOUNTED = "VolumesNotMounted";

    private static final Set<String> HARMLESS_WAITS = Set.of("ContainerCreating", "PodInitializing");

    /// Words of the scheduler for a claim that has no volume yet, as every new one for a moment.
    private static final String UNBOUND = "unbound immediate PersistentVolumeClaims";

    private WaitReading() {}

    static PodState.Waiting of(Pod pod, PodStatus status, Instant now) {
        Optional<PodCondition> scheduled =
                PodReading.condition(status, "PodScheduled").filter(c -> !PodReading.isTrue(c));
        if (scheduled.isPresent()) {
            PodCondition condition = scheduled.get();
            String message = PodReading.text(condition.getMessage());
            String reason = condition.getReason() == null ? "Pending" : condition.getReason();
            boolean stuck = reason.equals("Unschedulable");
            return new PodState.Waiting(
                    stuck && message.contains(UNBOUND) ? PodReading.VOLUME_PENDING : reason, message, stuck);
        }
        PodState.Waiting waiting = PodReading.containers(status)
                .filter(c -> c.getState() != null && c.getState().getWaiting() != null)
                .map(c -> {
                    ContainerStateWaiting wait = c.getState().getWaiting();
                    String reason = wait.getReason() == null ? "Waiting" : wait.getReason();
                    return new PodState.Waiting(
                            reason,
                            "container %s: %s".formatted(c.getName(), PodReading.text(wait.getMessage())),
                            !HARMLESS_WAITS.contains(reason));
                })
                .max((a, b) -> Boolean.compare(a.stuck(), b.stuck()))
                .orElseGet(() -> new PodState.Waiting("Pending", "", false));
        return waiting.stuck() || !overdue(status, now) ? waiting : notMounted(pod);
    }

    /// Whether the node has had its time to mount the volumes and to set up the network. Kubernetes before 1.29 does
    /// not tell.
    private static boolean overdue(PodStatus status, Instant now) {
        return PodReading.condition(status, "PodReadyToStartContainers")
                .filter(c -> "False".equals(c.getStatus()) && c.getLastTransitionTime() != null)
                .filter(c ->
                        !now.isBefore(Instant.parse(c.getLastTransitionTime()).plus(PodReading.SET_UP)))
                .isPresent();
    }

    private static PodState.Waiting notMounted(Pod pod) {
        List<String> named = NamedVolumes.of(pod);
        return new PodState.Waiting(
                NOT_MOUNTED,
                "for %d s its node could not mount its volumes, or set up its network. %sSee kubectl -n %s describe pod %s"
                        .formatted(
                                PodReading.SET_UP.toSeconds(),
                                named.isEmpty()
                                        ? ""
                                        : "Is all there that it names: %s? ".formatted(String.join(", ", named)),
                                pod.getMetadata().getNamespace(),
                                pod.getMetadata().getName()),
                true);
    }
}
