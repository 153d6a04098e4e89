package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.protocol.store.StoreLayout;

/// A shortened example in a namespace of its own. Closing removes the namespace.
final class ClusterRun implements AutoCloseable {
    private final Cluster cluster = Cluster.shared();
    private final KubernetesClient client = cluster.client();
    private final String namespace;
    private final String name;

    private ClusterRun(String namespace, String name) {
        this.namespace = namespace;
        this.name = name;
    }

    /// Applies an example.
    ///
    /// @param settings as those of `ballast run --set`
    static ClusterRun apply(String example, String namespace, String... settings) {
        var submission = Submission.of(example, settings);
        var run = new ClusterRun(namespace, submission.name());
        submission.storageClass().ifPresent(run.cluster::needsStorageClass);
        Submission.namespace(run.client, namespace);
        submission.configMaps(run.client, namespace);
        submission.run(run.client, namespace, run.name);
        return run;
    }

    /// A second quickstart in the same namespace, which ends with this one.
    ClusterRun beside(String otherName, String... settings) {
        Submission.of("quickstart", settings).run(client, namespace, otherName);
        return new ClusterRun(namespace, otherName);
    }

    String namespace() {
        return namespace;
    }

    RLRun get() {
        return client.resources(RLRun.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    RLRunStatus status() {
        return get().getStatus();
    }

    /// Tells every status that the server has from now on, until it is closed.
    SharedIndexInformer<RLRun> watch(Consumer<RLRunStatus> told) {
        return client.resources(RLRun.class)
                .inNamespace(namespace)
                .withName(name)
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(RLRun run) {
                        Optional.ofNullable(run.getStatus()).ifPresent(told);
                    }

                    @Override
                    public void onUpdate(RLRun before, RLRun run) {
                        onAdd(run);
                    }

                    @Override
                    public void onDelete(RLRun run, boolean unknown) {}
                });
    }

    /// As the status says it; 0 before the first.
    int step() {
        Integer step = status().step();
        return step == null ? 0 : step;
    }

    Optional<Condition> condition(String type) {
        RLRunStatus status = status();
        List<Condition> conditions = status == null ? null : status.conditions();
        return conditions == null
                ? Optional.empty()
                : conditions.stream().filter(c -> c.getType().equals(type)).findFirst();
    }

    /// What `kubectl describe` tells a person.
    String describe() {
        return cluster.kubectl("-n", namespace, "describe", "rlrun", name)
                .orFail()
                .output();
    }

    /// Reason and message of `Ready`.
    String ready() {
        return condition("Ready")
                .map(c -> "%s: %s".formatted(c.getReason(), c.getMessage()))
                .orElse("no status yet");
    }

    void awaitReason(String reason) {
        awaitReady(reason + ":");
    }

    /// Waits until reason and message of `Ready` have all these parts.
    void awaitReady(String... parts) {
        Awaitility.await("%s of %s".formatted(List.of(parts), namespace))
                .atMost(Duration.ofMinutes(4))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(ready()).contains(parts));
    }

    void awaitStep(int step) {
        Awaitility.await("step %d of %s".formatted(step, namespace))
                .atMost(Duration.ofMinutes(4))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(step()).as(this::ready).isGreaterThanOrEqualTo(step));
    }

    void patch(String json) {
        client.resources(RLRun.class)
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }

    List<Pod> pods() {
        return client.pods().inNamespace(namespace).list().getItems();
    }

    /// Those of a role: `learner` or `engine`.
    List<Pod> pods(String role) {
        return pods().stream()
                .filter(pod -> role.equals(pod.getMetadata().getLabels().get("ballast.rl/role")))
                .toList();
    }

    /// The pod of that role that is not going.
    @Nullable
    Pod pod(String role) {
        return pods(role).stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .filter(pod -> !"Failed".equals(pod.getStatus().getPhase()))
                .findFirst()
                .orElse(null);
    }

    /// Takes a pod away at once.
    void kill(Pod pod) {
        client.resource(pod).withGracePeriod(0).delete();
    }

    /// Ends the program of a pod without asking it, as the kernel does when memory is used up.
    void crash(Pod pod) {
        String container = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
        Cluster.script("kill", container).orFail();
    }

    /// Waits until the learner has recorded that step, without the delay of the status.
    void awaitRecorded(int step) {
        Awaitility.await("step %d of %s to be recorded".formatted(step, namespace))
                .atMost(Duration.ofMinutes(4))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> recorded() >= step);
    }

    /// The newest step in the metrics; 0 before the first.
    int recorded() {
        return metrics().stream()
                .mapToInt(line -> line.path("step").asInt())
                .max()
                .orElse(0);
    }

    /// The root of the run's volume.
    Path volume() {
        return cluster.folderOf(namespace, name + "-store");
    }

    StoreLayout store() {
        Path volume = volume();
        String uid = get().getMetadata().getUid();
        return new StoreLayout(volume.resolve("runs").resolve("%s-%s".formatted(name, uid.substring(0, 8))));
    }

    /// What is on disk of every judged step, by the name of its file.
    Map<String, String> judged() {
        try (var files = Files.list(store().rollouts())) {
            var steps = new TreeMap<String, String>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                steps.put(file.getFileName().toString(), Files.readString(file));
            }
            return steps;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<JsonNode> metrics() {
        return JsonLines.read(store().metrics()).objects();
    }

    /// Every step has been trained and recorded, and none twice.
    void assertEveryStepOnce(int steps) {
        assertThat(metrics().stream().map(line -> line.path("step").asInt()).filter(step -> step > 0))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, steps).boxed().toList());
    }

    Map<String, String> podIdentities() {
        return pods().stream()
                .collect(java.util.stream.Collectors.toMap(
                        pod -> pod.getMetadata().getName(),
                        pod -> pod.getMetadata().getUid()));
    }

    @Override
    public void close() {
        client.namespaces().withName(namespace).delete();
    }
}
