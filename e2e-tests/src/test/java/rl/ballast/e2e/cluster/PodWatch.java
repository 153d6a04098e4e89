package rl.ballast.e2e.cluster;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Keeps what happens to the pods of a namespace, in order, so that it can still be seen when they are gone.
final class PodWatch implements AutoCloseable, ResourceEventHandler<Pod> {
    private final List<String> happened = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> exitCodes = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> informer;

    PodWatch(String namespace) {
        informer = Cluster.shared().client().pods().inNamespace(namespace).inform(this);
    }

    /// `NAME ready` and `NAME going` of the pods whose names begin so, each once, in the order of events.
    List<String> happenedTo(String prefix) {
        return happened.stream().filter(line -> line.startsWith(prefix)).toList();
    }

    /// How a pod's container ended, if it has.
    Optional<Integer> exitCode(String pod) {
        return Optional.ofNullable(exitCodes.get(pod));
    }

    @Override
    public void onAdd(Pod pod) {
        saw(pod);
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
        saw(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean unknown) {
        saw(pod);
    }

    private void saw(Pod pod) {
        String name = pod.getMetadata().getName();
        if (pod.getStatus().getConditions().stream()
                .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()))) {
            once(name + " ready");
        }
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            once(name + " going");
        }
        pod.getStatus().getContainerStatuses().stream()
                .map(ContainerStatus::getState)
                .map(state -> state.getTerminated())
                .filter(Objects::nonNull)
                .forEach(end -> exitCodes.put(name, end.getExitCode()));
    }

    private void once(String line) {
        if (!happened.contains(line)) {
            happened.add(line);
        }
    }

    @Override
    public void close() {
        informer.close();
    }
}
