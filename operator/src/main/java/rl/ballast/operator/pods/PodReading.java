package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.objects.Labels;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.LastWord;

/// From a pod's status to a [PodState].
public final class PodReading {
    /// Reason of a pod that waits for the volume of its claim.
    public static final String VOLUME_PENDING = "VolumePending";
    /// A node that has not set up a pod after this long may never do so.
    public static final Duration SET_UP = Duration.ofSeconds(30);

    /// What ends a pod from outside. `TerminationByKubelet` is pressure on a node or its shutdown; a pod that is
    /// evicted since it outgrew its own limit of local storage has no such condition.
    private static final Set<String> DISRUPTIONS = Set.of(
            "PreemptionByScheduler",
            "EvictionByEvictionAPI",
            "DeletionByTaintManager",
            "DeletionByPodGC",
            "TerminationByKubelet");
    private static final Set<String> LOST_NODE = Set.of("NodeLost", "NodeShutdown", "Terminated", "Shutdown");

    private PodReading() {}

    /// A learner's pod has ended when its learner has, whatever other containers do.
    ///
    /// @param now a pod that is not set up is stuck after a while
    static PodState state(Pod pod, Instant now) {
        PodStatus status = status(pod);
        Optional<ContainerStatus> learner = learner(pod);
        Optional<ContainerStateTerminated> end = learner.map(PodReading::terminated);
        String phase = phase(status);
        if (end.isPresent() ? exitCode(end.get()) == 0 : phase.equals("Succeeded")) {
            return new PodState.Succeeded(
                    end.flatMap(said -> LastWord.parse(said.getMessage())).orElse(null));
        }
        if (end.isPresent() || phase.equals("Failed")) {
            return new PodState.Failed(ending(status, end.flatMap(_ -> learner)));
        }
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return new PodState.Terminating();
        }
        if (phase.equals("Running")) {
            boolean ready =
                    condition(status, "Ready").filter(PodReading::isTrue).isPresent()
                            || learner.map(ContainerStatus::getReady).orElse(false);
            return new PodState.Running(ready, trouble(status));
        }
        return WaitReading.of(pod, status, now);
    }

    /// Whether one of its containers runs that nobody has told to end. Sidecars among the init containers end with the
    /// others by themselves.
    static boolean busy(Pod pod) {
        PodStatus status = status(pod);
        Stream<ContainerStatus> those = switch (phase(status)) {
            case "Pending" -> containers(status);
            case "Running" -> status.getContainerStatuses().stream();
            default -> Stream.empty();
        };
        return pod.getMetadata().getDeletionTimestamp() == null
                && those.anyMatch(c -> c.getState() != null && c.getState().getRunning() != null);
    }

    private static PodStatus status(Pod pod) {
        return pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    }

    private static String phase(PodStatus status) {
        return status.getPhase() == null ? "Pending" : status.getPhase();
    }

    /// Empty for an engine's pod, and while the kubelet has said nothing of it.
    private static Optional<ContainerStatus> learner(Pod pod) {
        String learner = Role.LEARNER.word();
        var labels = pod.getMetadata().getLabels();
        return labels == null || !learner.equals(labels.get(Labels.ROLE))
                ? Optional.empty()
                : status(pod).getContainerStatuses().stream()
                        .filter(container -> learner.equals(container.getName()))
                        .findFirst();
    }

    static int restarts(Pod pod) {
        return containers(status(pod))
                .mapToInt(c -> c.getRestartCount() == null ? 0 : c.getRestartCount())
                .sum();
    }

    /// @param main the container by which the pod has ended; empty if the first that failed is
    private static Ending ending(PodStatus status, Optional<ContainerStatus> main) {
        boolean disruption = condition(status, "DisruptionTarget")
                        .filter(PodReading::isTrue)
                        .filter(c -> DISRUPTIONS.contains(c.getReason()))
                        .isPresent()
                || (status.getReason() != null && LOST_NODE.contains(status.getReason()));
        Optional<Ending> failed = main.or(() -> containers(status)
                        .filter(c -> terminated(c) != null && exitCode(terminated(c)) != 0)
                        .findFirst())
                .map(c -> ending(c.getName(), terminated(c)));
        if (failed.isEmpty() || disruption) {
            String reason = status.getReason() == null ? "PodFailed" : status.getReason();
            LastWord word = failed.map(Ending::word).orElse(null);
            return new Ending(null, reason, disruption, text(status.getMessage()), word);
        }
        return failed.get();
    }

    private static Ending ending(String container, @Nullable ContainerStateTerminated end) {
        if (end == null) {
            return new Ending(null, "Unknown", false, "", null);
        }
        int code = exitCode(end);
        LastWord word = LastWord.parse(end.getMessage()).orElse(null);
        String reason = ExitCode.of(code)
                .filter(known -> !"OOMKilled".equals(end.getReason()))
                .map(ExitCode::name)
                .orElseGet(() -> "Error".equals(end.getReason()) || end.getReason() == null
                        ? "ExitCode" + code
                        : end.getReason());
        String message = word == null ? lastLine(text(end.getMessage())) : text(word.message());
        return new Ending(
                code,
                reason,
                false,
                "container %s ended with exit code %d%s"
                        .formatted(container, code, message.isEmpty() ? "" : ": " + message),
                word);
    }

    private static @Nullable Ending trouble(PodStatus status) {
        return containers(status)
                .filter(c -> !Boolean.TRUE.equals(c.getReady()))
                .filter(c -> c.getLastState() != null && c.getLastState().getTerminated() != null)
                .findFirst()
                .map(c -> ending(c.getName(), c.getLastState().getTerminated()))
                .orElse(null);
    }

    private static @Nullable ContainerStateTerminated terminated(ContainerStatus container) {
        return container.getState() == null ? null : container.getState().getTerminated();
    }

    private static int exitCode(@Nullable ContainerStateTerminated end) {
        return end == null || end.getExitCode() == null ? 0 : end.getExitCode();
    }

    static Stream<ContainerStatus> containers(PodStatus status) {
        return Stream.of(status.getInitContainerStatuses(), status.getContainerStatuses())
                .flatMap(List::stream);
    }

    static Optional<PodCondition> condition(PodStatus status, String type) {
        return status.getConditions().stream()
                .filter(c -> type.equals(c.getType()))
                .findFirst();
    }

    static boolean isTrue(PodCondition condition) {
        return "True".equals(condition.getStatus());
    }

    private static String lastLine(String text) {
        String trimmed = text.strip();
        return trimmed.substring(trimmed.lastIndexOf('\n') + 1);
    }

    static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
