package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// An operator with rights in some namespaces only.
@NeedsCluster
class NamespacedE2E {
    private static final String WATCHED = "e2e-watched";
    private static final String OTHER = "e2e-not-watched";
    private static final String ACCOUNT = "system:serviceaccount:%s:%s".formatted(Cluster.NAMESPACE, Cluster.OPERATOR);

    private final Cluster cluster = Cluster.shared();

    @Test
    void servesItsNamespacesAndNoOther() {
        Submission.namespace(cluster.client(), WATCHED);
        try {
            cluster.install(
                    "watchNamespaces={%s}".formatted(WATCHED), "crds.install=false", "rbac.aggregateRoles=false");
            try (var other = ClusterRun.apply("quickstart", OTHER, "steps=2");
                    var run = ClusterRun.apply("quickstart", WATCHED, "steps=2")) {
                assertThat(may("create", "pods", WATCHED)).isTrue();
                assertThat(may("list", "rlruns.ballast.rl", WATCHED)).isTrue();
                assertThat(may("list", "rlruns.ballast.rl", OTHER)).isFalse();
                assertThat(may("get", "secrets", OTHER)).isFalse();

                run.awaitReason("Complete");
                run.assertEveryStepOnce(2);
                assertThat(other.ready()).as("a run that nobody serves").startsWith("Pending:");
                assertThat(other.pods()).isEmpty();
                assertThat(cluster.helm("test", "ballast", "--namespace", Cluster.NAMESPACE, "--timeout", "120s")
                                .orFail()
                                .output())
                        .containsPattern("TEST SUITE: +ballast-test")
                        .containsPattern("Phase: +Succeeded");

                cluster.install();
                Awaitility.await("the whole cluster to be served again")
                        .atMost(Duration.ofMinutes(1))
                        .untilAsserted(() -> assertThat(other.pods()).isNotEmpty());
            }
        } finally {
            cluster.install();
        }
    }

    private boolean may(String verb, String resource, String namespace) {
        return cluster.kubectl("auth", "can-i", verb, resource, "--as", ACCOUNT, "--namespace", namespace)
                        .exitCode()
                == 0;
    }
}
