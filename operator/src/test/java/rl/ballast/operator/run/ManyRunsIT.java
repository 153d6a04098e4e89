package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunningOperator;

/// Many runs at once against a real API server: each gets its pods, once, and all run. Nobody answers where their
/// learners should.
class ManyRunsIT {
    private static final int RUNS = 200;

    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private final Kubelet kubelet = new Kubelet(user, namespace);
    private final RunningRuns runs = new RunningRuns(user, namespace, RUNS);

    @Test
    void everyRunGetsItsPodsOnceAndRuns() {
        try (KubernetesClient client = cluster.operatorClient();
                RunningOperator operator = RunningOperator.start(client, namespace)) {
            assertThat(operator).isNotNull();
            IntStream.range(0, RUNS)
                    .parallel()
                    .forEach(i ->
                            user.resource(TestRuns.plain("run-" + i, namespace)).create());
            await("pods")
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertThat(uids()).hasSize(2 * RUNS));
            Set<String> made = uids();

            IntStream.range(0, RUNS).parallel().forEach(i -> {
                kubelet.run("run-%d-learner-0-1".formatted(i));
                kubelet.run("run-%d-engine-0-1".formatted(i));
            });
            await("every run is Running")
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(runs::assertReady);

            runs.assertWhole();
            await("their children are, too")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(runs::assertChildrenReady);
            assertThat(uids()).as("no pod is made twice, or replaced").isEqualTo(made);
        }
    }

    private Set<String> uids() {
        return user.pods().inNamespace(namespace).list().getItems().stream()
                .map((Pod pod) -> pod.getMetadata().getUid())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
