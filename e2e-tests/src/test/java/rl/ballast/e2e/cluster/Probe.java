package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// Asks a URL from where a pod is, by the `check` of the operator's image. Any answer of a server counts: the packets
/// went there and back.
final class Probe {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Cluster cluster = Cluster.shared();
    private final Container operator;

    Probe() {
        operator = cluster.client()
                .pods()
                .inNamespace(Cluster.NAMESPACE)
                .withLabel("app.kubernetes.io/component", "operator")
                .list()
                .getItems()
                .getFirst()
                .getSpec()
                .getContainers()
                .getFirst();
    }

    /// From a running pod, beside its containers.
    boolean reaches(Pod from, String url) {
        String name = name();
        cluster.kubectl(
                        "-n",
                        from.getMetadata().getNamespace(),
                        "debug",
                        from.getMetadata().getName(),
                        "--profile=restricted",
                        "--container=" + name,
                        "--image=" + operator.getImage(),
                        "--image-pull-policy=" + operator.getImagePullPolicy(),
                        "--arguments-only",
                        "--",
                        "check",
                        url)
                .orFail();
        return answered(from, name);
    }

    /// From a new pod with these labels.
    boolean reaches(String namespace, Map<String, String> labels, String url) {
        Pod pod = create(namespace, labels, url, "Never");
        boolean answered = answered(pod, pod.getMetadata().getName());
        cluster.client().resource(pod).withGracePeriod(0).delete();
        return answered;
    }

    /// Waits until a new pod with these labels is cut off. It asks again and again: an agent takes a moment to learn of
    /// a pod, and until then lets its packets through.
    ///
    /// @throws org.awaitility.core.ConditionTimeoutException if it still gets answers
    void awaitCutOff(String namespace, Map<String, String> labels, String url) {
        Pod pod = create(namespace, labels, url, "Always");
        try {
            Awaitility.await("a pod that is cut off")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> Stream.of(false, true)
                            .anyMatch(before -> said(pod, before).contains("no answer")));
        } finally {
            cluster.client().resource(pod).withGracePeriod(0).delete();
        }
    }

    /// What its container says, or said before it was started again; empty while there is nothing to read.
    private String said(Pod pod, boolean before) {
        var log = cluster.client()
                .pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName());
        try {
            return before ? log.terminated().getLog() : log.getLog();
        } catch (KubernetesClientException e) {
            return "";
        }
    }

    private Pod create(String namespace, Map<String, String> labels, String url, String restartPolicy) {
        String name = name();
        return cluster.client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .withLabels(labels)
                        .endMetadata()
                        .withNewSpec()
                        .withRestartPolicy(restartPolicy)
                        .withAutomountServiceAccountToken(false)
                        .withNewSecurityContext()
                        .withRunAsNonRoot()
                        .withNewSeccompProfile()
                        .withType("RuntimeDefault")
                        .endSeccompProfile()
                        .endSecurityContext()
                        .addNewContainer()
                        .withName(name)
                        .withImage(operator.getImage())
                        .withImagePullPolicy(operator.getImagePullPolicy())
                        .withArgs("check", url)
                        .withNewSecurityContext()
                        .withAllowPrivilegeEscalation(false)
                        .withNewCapabilities()
                        .withDrop("ALL")
                        .endCapabilities()
                        .endSecurityContext()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    private boolean answered(Pod pod, String container) {
        int code = Awaitility.await("the end of probe " + container)
                .atMost(Duration.ofMinutes(2))
                .until(() -> exitCode(pod, container), ended -> ended >= 0);
        String said = cluster.client()
                .pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName())
                .inContainer(container)
                .getLog();
        assertThat(code == 0 || said.contains("expected status 200") || said.contains("no answer"))
                .as(
                        "probe %s of %s ended with %d: %s",
                        container, pod.getMetadata().getName(), code, said)
                .isTrue();
        return code == 0 || said.contains("expected status 200");
    }

    /// Below 0 while it runs.
    private int exitCode(Pod pod, String container) {
        var status = cluster.client().resource(pod).get().getStatus();
        return Stream.of(status.getContainerStatuses(), status.getEphemeralContainerStatuses())
                .flatMap(List::stream)
                .filter(each -> each.getName().equals(container))
                .map(ContainerStatus::getState)
                .filter(state -> state.getTerminated() != null)
                .mapToInt(state -> state.getTerminated().getExitCode())
                .findFirst()
                .orElse(-1);
    }

    private static String name() {
        return "probe-" + NUMBER.incrementAndGet();
    }
}
