package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunningOperator;
import rl.ballast.operator.status.ConditionType;

/// Many runs at once against a real API server: each gets its pods, once, and all run. Nobody answers where their
/// learners should.
class ManyRunsIT {
    private static final int RUNS = 200;

    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private final Kubelet kubelet = new Kubelet(user, namespace);

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
                    .untilAsserted(() -> assertThat(statuses())
                            .hasSize(RUNS)
                            .allMatch(status ->
                                    condition(status, ConditionType.Ready).equals("True Running")));

            assertThat(statuses()).allSatisfy(ManyRunsIT::assertRunning);
            await("their children are, too")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> {
                        assertThat(user.resources(LearnerGroup.class)
                                        .inNamespace(namespace)
                                        .list()
                                        .getItems())
                                .hasSize(RUNS)
                                .allMatch(group -> group.getStatus() != null
                                        && Objects.equals(group.getStatus().readyReplicas(), 1));
                        assertThat(user.resources(RolloutPool.class)
                                        .inNamespace(namespace)
                                        .list()
                                        .getItems())
                                .hasSize(RUNS)
                                .allMatch(pool -> pool.getStatus() != null
                                        && Objects.equals(pool.getStatus().readyReplicas(), 1));
                    });
            assertThat(uids()).as("no pod is made twice, or replaced").isEqualTo(made);
        }
    }

    private static void assertRunning(RLRunStatus status) {
        assertThat(condition(status, ConditionType.Accepted)).isEqualTo("True Accepted");
        assertThat(condition(status, ConditionType.Reconciling)).isEqualTo("False Running");
        assertThat(condition(status, ConditionType.Stalled)).isEqualTo("False Running");
        assertThat(condition(status, ConditionType.Suspended)).isEqualTo("False NotSuspended");
        assertThat(condition(status, ConditionType.Complete)).isEqualTo("False NotComplete");
        assertThat(condition(status, ConditionType.Failed)).isEqualTo("False NotFailed");
        assertThat(status.observedGeneration()).isEqualTo(1);
        assertThat(status.engines()).isEqualTo(new RLRunStatus.Engines(1, 1));
        assertThat(status.restarts()).isZero();
        assertThat(status.startTime()).isNotNull();
        assertThat(status.completionTime()).isNull();
        assertThat(status.step()).as("nobody has said anything").isNull();
    }

    private static String condition(RLRunStatus status, ConditionType type) {
        return Observation.condition(status, type);
    }

    private List<RLRunStatus> statuses() {
        return user.resources(RLRun.class).inNamespace(namespace).list().getItems().stream()
                .map(RLRun::getStatus)
                .filter(status -> status != null)
                .toList();
    }

    private Set<String> uids() {
        return user.pods().inNamespace(namespace).list().getItems().stream()
                .map((Pod pod) -> pod.getMetadata().getUid())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
