package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.RunningOperator;

/// Many runs at once against a real API server: each gets its pods, once, and a status.
class ManyRunsIT {
    private static final int RUNS = 200;

    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();

    @Test
    void everyRunGetsItsPodsOnceAndAStatus() {
        try (KubernetesClient client = cluster.operatorClient();
                RunningOperator operator = RunningOperator.start(client, namespace)) {
            assertThat(operator).isNotNull();
            IntStream.range(0, RUNS)
                    .parallel()
                    .forEach(i ->
                            user.resource(TestRuns.plain("run-" + i, namespace)).create());
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertThat(pods()).isEqualTo(2 * RUNS));
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertThat(user.resources(RLRun.class)
                                    .inNamespace(namespace)
                                    .list()
                                    .getItems())
                            .hasSize(RUNS)
                            .allMatch(run ->
                                    run.getStatus() != null && run.getStatus().conditions() != null));
            assertThat(pods()).as("no pod is made twice").isEqualTo(2 * RUNS);
        }
    }

    private int pods() {
        return user.pods().inNamespace(namespace).list().getItems().size();
    }
}
