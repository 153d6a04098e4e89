package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;

/// The table of flows in `docs/design/operator.md`, with packets: what it names goes through, what it does not name is
/// stopped. Needs an agent that enforces policies.
@NeedsCluster
class NetworkPolicyE2E {
    private static final String NAMESPACE = "e2e-flows";
    private static final String STRANGERS = "e2e-flows-strangers";
    private static final Map<String, String> NEIGHBOUR = Map.of("app", "neighbour");
    private static final Map<String, String> CUT_OFF = Map.of("app", "cut-off");
    private static final String API_SERVER = "http://kubernetes.default.svc:443/";

    private final Cluster cluster = Cluster.shared();
    private final Probe probe = new Probe();

    @Test
    void aRunsPodsReachEachOtherAndNobodyElseReachesThem() {
        try (var run = ClusterRun.apply("quickstart", NAMESPACE, "steps=100000")) {
            needsEnforcement();
            // The learner was found by name, called the engine by name, and the operator read its progress.
            run.awaitStep(1);
            Pod learner = Objects.requireNonNull(run.pod("learner"));
            Pod engine = Objects.requireNonNull(run.pod("engine"));
            String learnerUrl = url(learner, 8091, "health");
            String engineUrl = url(engine, 8090, "q/health/live");

            assertThat(probe.reaches(learner, engineUrl))
                    .as("learner to engine")
                    .isTrue();
            assertThat(probe.reaches(engine, learnerUrl))
                    .as("engine to learner")
                    .isTrue();
            assertThat(probe.reaches(NAMESPACE, NEIGHBOUR, engineUrl))
                    .as("neighbour to engine")
                    .isFalse();
            assertThat(probe.reaches(NAMESPACE, NEIGHBOUR, learnerUrl))
                    .as("neighbour to learner")
                    .isFalse();
            assertThat(probe.reaches(STRANGERS, Map.of(), learnerUrl))
                    .as("stranger to learner")
                    .isFalse();
            assertThat(probe.reaches(NAMESPACE, NEIGHBOUR, API_SERVER))
                    .as("neighbour to API server")
                    .isTrue();
            assertThat(probe.reaches(learner, API_SERVER))
                    .as("learner to API server")
                    .isFalse();
            assertThat(probe.reaches(engine, API_SERVER))
                    .as("engine to API server")
                    .isFalse();

            var other = run.beside("other", "learner.suspend=true");
            Awaitility.await("an engine of another run")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> other.pods("engine").stream().anyMatch(NetworkPolicyE2E::isOfOther));
            Pod foreign = other.pods("engine").stream()
                    .filter(NetworkPolicyE2E::isOfOther)
                    .findFirst()
                    .orElseThrow();
            assertThat(probe.reaches(foreign, engineUrl))
                    .as("engine of another run to engine")
                    .isFalse();
            assertThat(probe.reaches(foreign, learnerUrl))
                    .as("engine of another run to learner")
                    .isFalse();
        } finally {
            cluster.client().namespaces().withName(STRANGERS).delete();
        }
    }

    @Test
    void nobodyReachesTheOperatorButTheTestOfTheChart() {
        needsEnforcement();
        Pod operator = cluster.client()
                .pods()
                .inNamespace(Cluster.NAMESPACE)
                .withLabel("app.kubernetes.io/component", "operator")
                .list()
                .getItems()
                .getFirst();
        String operatorUrl = url(operator, 8080, "q/health/live");

        assertThat(probe.reaches(operator, operatorUrl))
                .as("the operator answers")
                .isTrue();
        assertThat(probe.reaches(STRANGERS, Map.of(), operatorUrl))
                .as("stranger to operator")
                .isFalse();
        assertThat(probe.reaches(Cluster.NAMESPACE, NEIGHBOUR, operatorUrl))
                .as("neighbour to operator")
                .isFalse();
        cluster.helm("test", "ballast", "--namespace", Cluster.NAMESPACE, "--timeout", "120s")
                .orFail();
    }

    /// A policy that is none of ours cuts a pod off. Where it is not, nothing can be seen here.
    private void needsEnforcement() {
        Submission.namespace(cluster.client(), STRANGERS);
        cluster.client()
                .resource(new NetworkPolicyBuilder()
                        .withNewMetadata()
                        .withName("cut-off")
                        .withNamespace(STRANGERS)
                        .endMetadata()
                        .withNewSpec()
                        .withNewPodSelector()
                        .withMatchLabels(CUT_OFF)
                        .endPodSelector()
                        .withPolicyTypes("Egress")
                        .endSpec()
                        .build())
                .serverSideApply();
        try {
            probe.awaitCutOff(STRANGERS, CUT_OFF, API_SERVER);
        } catch (ConditionTimeoutException e) {
            if (cluster.enforcesPolicies()) {
                throw e;
            }
            throw Cluster.skipped("nothing enforces network policies in this cluster");
        }
        assertThat(probe.reaches(STRANGERS, NEIGHBOUR, API_SERVER))
                .as("a pod without policies")
                .isTrue();
    }

    private static boolean isOfOther(Pod pod) {
        return pod.getMetadata().getName().startsWith("other-")
                && "Running".equals(pod.getStatus().getPhase());
    }

    private static String url(Pod pod, int port, String path) {
        return "http://%s:%d/%s".formatted(pod.getStatus().getPodIP(), port, path);
    }
}
