package rl.ballast.operator.cluster;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/// Plays the kubelet for the pods of one namespace.
public final class Kubelet {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final KubernetesClient client;
    private final String namespace;

    public Kubelet(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /// Waits for a pod and makes it run and be ready.
    public Pod run(String name) {
        return run(name, "127.0.0.1");
    }

    public Pod run(String name, String ip) {
        return run(name, ip, true);
    }

    /// Lets the readiness probe of a pod that runs fail.
    public Pod silence(String name) {
        return run(name, "127.0.0.1", false);
    }

    private Pod run(String name, String ip, boolean ready) {
        Pod pod = await(name);
        return status(
                pod,
                new PodStatusBuilder()
                        .withPhase("Running")
                        .withPodIP(ip)
                        .withConditions(new PodConditionBuilder()
                                .withType("Ready")
                                .withStatus(ready ? "True" : "False")
                                .build())
                        .withContainerStatuses(new ContainerStatusBuilder(container(container(pod), running()))
                                .withReady(ready)
                                .build())
                        .build());
    }

    /// Ends a pod with an exit code and a termination message.
    public Pod end(String name, int exitCode, String message) {
        Pod pod = await(name);
        return status(
                pod,
                new PodStatusBuilder()
                        .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                        .withContainerStatuses(container(container(pod), terminated(exitCode, message)))
                        .build());
    }

    /// Ends the first container of a pod while the others run on.
    public Pod endFirst(String name, int exitCode, String message) {
        Pod pod = await(name);
        List<ContainerStatus> containers = pod.getSpec().getContainers().stream()
                .map(container -> container(container.getName(), running()))
                .collect(Collectors.toCollection(ArrayList::new));
        containers.set(0, container(container(pod), terminated(exitCode, message)));
        return status(
                pod,
                new PodStatusBuilder()
                        .withPhase("Running")
                        .withContainerStatuses(containers)
                        .build());
    }

    /// Rejects a pod that the scheduler has put on the node.
    public Pod reject(String name, String reason, String message) {
        return status(
                await(name),
                new PodStatusBuilder()
                        .withPhase("Failed")
                        .withReason(reason)
                        .withMessage(message)
                        .build());
    }

    /// Makes a pod wait as the scheduler would.
    public Pod unschedulable(String name, String message) {
        return status(
                await(name),
                new PodStatusBuilder()
                        .withPhase("Pending")
                        .withConditions(new PodConditionBuilder()
                                .withType("PodScheduled")
                                .withStatus("False")
                                .withReason("Unschedulable")
                                .withMessage(message)
                                .build())
                        .build());
    }

    /// Takes the labels from a pod, as a person does who wants to look at it in peace.
    public void quarantine(String name) {
        client.pods().inNamespace(namespace).withName(name).edit(pod -> {
            pod.getMetadata().getLabels().clear();
            return pod;
        });
    }

    /// Cannot mount the volumes of a pod.
    ///
    /// @param since when it has begun to try
    public Pod unmounted(String name, Instant since) {
        Pod pod = await(name);
        return status(
                pod,
                new PodStatusBuilder()
                        .withPhase("Pending")
                        .withConditions(
                                condition("PodScheduled", "True", since),
                                condition("PodReadyToStartContainers", "False", since))
                        .withContainerStatuses(container(
                                container(pod),
                                new ContainerStateBuilder()
                                        .withNewWaiting()
                                        .withReason("PodInitializing")
                                        .endWaiting()
                                        .build()))
                        .build());
    }

    private static PodCondition condition(String type, String status, Instant since) {
        return new PodConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withLastTransitionTime(since.truncatedTo(ChronoUnit.SECONDS).toString())
                .build();
    }

    /// Lets a deletion come to its end.
    public void remove(String name) {
        client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
    }

    public Pod await(String name) {
        return Awaitility.await("pod " + name)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> client.pods().inNamespace(namespace).withName(name).get(), Objects::nonNull);
    }

    /// Waits for a pod that is none of the known ones. Whether the operator counts one that was just taken away depends
    /// on whether it saw it leave.
    ///
    /// @return its name
    public String awaitOther(String prefix, String... uids) {
        return Awaitility.await("another pod %s*".formatted(prefix))
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> client.pods().inNamespace(namespace).list().getItems().stream()
                                .map(Pod::getMetadata)
                                .filter(pod -> pod.getName().startsWith(prefix))
                                .filter(pod -> !List.of(uids).contains(pod.getUid()))
                                .map(ObjectMeta::getName)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    public List<String> names() {
        return client.pods().inNamespace(namespace).list().getItems().stream()
                .map(pod -> pod.getMetadata().getName())
                .sorted()
                .toList();
    }

    private static ContainerStatus container(String name, ContainerState state) {
        return new ContainerStatusBuilder()
                .withName(name)
                .withReady(state.getRunning() != null)
                .withRestartCount(0)
                .withImage("image")
                .withImageID("id")
                .withState(state)
                .build();
    }

    private static ContainerState running() {
        return new ContainerStateBuilder().withNewRunning().endRunning().build();
    }

    private static ContainerState terminated(int exitCode, String message) {
        return new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withReason(exitCode == 0 ? "Completed" : "Error")
                .withMessage(message)
                .endTerminated()
                .build();
    }

    private static String container(Pod pod) {
        return pod.getSpec().getContainers().getFirst().getName();
    }

    private Pod status(Pod pod, PodStatus status) {
        Pod fresh = client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .get();
        fresh.setStatus(status);
        return client.resource(fresh).updateStatus();
    }
}
