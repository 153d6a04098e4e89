package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunHistory;
import rl.ballast.operator.cluster.RunningOperator;
import rl.ballast.operator.cluster.TroubledServer;
import rl.ballast.operator.cluster.TroubledServer.Fate;
import rl.ballast.operator.status.ConditionType;

/// An API server that is busy, fails, answers with conflicts, loses answers, and is not there for a while: every run
/// comes up once it is well again, as if nothing had been, and it is not asked more for it.
class TroubledServerIT {
    private static final int RUNS = 16;
    private static final List<String> ON_THE_WAY = List.of("Pending", "Starting", "WaitingForEngines", "Running");

    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private final Kubelet kubelet = new Kubelet(user, namespace);
    private final RunningRuns runs = new RunningRuns(user, namespace, RUNS);

    /// The process has ten retries, the default of the client. Without any, every failure reaches the operator.
    @ParameterizedTest
    @ValueSource(ints = {0, 10})
    void everyRunComesUpOnceAsIfNothingHadBeen(int retries) {
        List<RunHistory> histories = IntStream.range(0, RUNS)
                .mapToObj(i -> new RunHistory(user, namespace, name(i)))
                .toList();
        try (TroubledServer way = cluster.troubled();
                KubernetesClient client = cluster.operatorClient(way, retries);
                RunningOperator operator = RunningOperator.start(client, namespace)) {
            assertThat(operator).isNotNull();
            int before = way.requests();
            way.failWrites(true);
            create(0, RUNS / 2);
            await("each trouble comes often")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> Stream.of(Fate.values()).allMatch(fate -> way.count(fate) >= 10));

            way.hide(true);
            create(RUNS / 2, RUNS);
            way.failWrites(false);
            start(0, RUNS / 2);

            way.hide(false);
            start(RUNS / 2, RUNS);
            await("every run is Running")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(runs::assertReady);

            assertThat(way.requests() - before).as("12 without trouble").isLessThan(40 * RUNS);
            runs.assertWhole();
            await("their children are, too").atMost(Duration.ofSeconds(20)).untilAsserted(runs::assertChildrenReady);
            assertThat(kubelet.names()).as("no pod is replaced").isEqualTo(List.copyOf(pods()));
            assertThat(cluster.auditLog(namespace).made())
                    .filteredOn(made -> !made.startsWith("events "))
                    .doesNotHaveDuplicates()
                    .hasSize(8 * RUNS);
            assertThat(cluster.auditLog(namespace).rights()).doesNotContain("pods delete");
            assertThat(histories)
                    .allSatisfy(history -> assertThat(history.changes(ConditionType.Ready))
                            .allMatch(change -> ON_THE_WAY.contains(change.substring(change.indexOf(' ') + 1))));
        } finally {
            histories.forEach(RunHistory::close);
        }
    }

    private static String name(int run) {
        return "run-" + run;
    }

    private void create(int from, int to) {
        IntStream.range(from, to)
                .forEach(i -> user.resource(TestRuns.plain(name(i), namespace)).create());
    }

    private void start(int from, int to) {
        IntStream.range(from, to).forEach(i -> {
            kubelet.run(name(i) + "-learner-0-1");
            kubelet.run(name(i) + "-engine-0-1");
        });
    }

    private static Set<String> pods() {
        return IntStream.range(0, RUNS)
                .mapToObj(TroubledServerIT::name)
                .flatMap(name -> Stream.of(name + "-learner-0-1", name + "-engine-0-1"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
