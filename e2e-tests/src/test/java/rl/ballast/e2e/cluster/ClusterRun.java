package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.file.RunFile;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.protocol.store.StoreLayout;

/// A shortened example in a namespace of its own, under restricted pod security. Closing removes the namespace.
final class ClusterRun implements AutoCloseable {
    private static final List<String> SHORT = List.of(
            "coldStart.updates=20",
            "data.evaluation.everySteps=100",
            "data.evaluation.samplesPerPrompt=1",
            "recipe.groupSize=4",
            "recipe.promptsPerMiniBatch=8");

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
        RunFile file = read(example, settings);
        var run = new ClusterRun(namespace, file.run().getMetadata().getName());
        run.create(file);
        return run;
    }

    private static RunFile read(String example, String... settings) {
        var all = new ArrayList<>(SHORT);
        all.addAll(List.of(settings));
        return RunFile.read(Shell.root().resolve("examples").resolve(example).resolve("rlrun.yaml"), all);
    }

    /// A second quickstart in the same namespace, which ends with this one.
    ClusterRun beside(String otherName, String... settings) {
        RLRun run = read("quickstart", settings).run();
        run.getMetadata().setNamespace(namespace);
        run.getMetadata().setName(otherName);
        client.resource(run).create();
        return new ClusterRun(namespace, otherName);
    }

    private void create(RunFile file) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build())
                .create();
        file.configMaps()
                .forEach((map, data) -> client.resource(new ConfigMapBuilder()
                                .withNewMetadata()
                                .withName(map)
                                .withNamespace(namespace)
                                .endMetadata()
                                .withData(data)
                                .build())
                        .create());
        RLRun run = file.run();
        run.getMetadata().setNamespace(namespace);
        client.resource(run).create();
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

    /// The pod of that role that is not going.
    @Nullable
    Pod pod(String role) {
        return pods().stream()
                .filter(pod -> role.equals(pod.getMetadata().getLabels().get("ballast.rl/role")))
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .filter(pod -> !"Failed".equals(pod.getStatus().getPhase()))
                .findFirst()
                .orElse(null);
    }

    /// Ends a pod at once, as a node that loses power does.
    void kill(Pod pod) {
        client.resource(pod).withGracePeriod(0).delete();
    }

    StoreLayout store() {
        Path volume = cluster.folderOf(namespace, name + "-store").orElseThrow();
        String uid = get().getMetadata().getUid();
        return new StoreLayout(volume.resolve("runs").resolve("%s-%s".formatted(name, uid.substring(0, 8))));
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
