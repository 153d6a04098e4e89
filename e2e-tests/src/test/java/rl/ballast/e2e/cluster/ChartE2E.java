package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

/// The chart comes and goes while runs are alive.
@NeedsCluster
class ChartE2E {
    /// Steps of a run that outlives the change.
    private static final int STEPS = 150;

    /// An earlier chart: its definitions, rights and deployment. Its operator's image does not exist any more, so that
    /// no operator runs with it.
    private static final String EARLIER = "e2e-tests/src/test/resources/earlier/ballast-0.0.9.tgz";

    private final Cluster cluster = Cluster.shared();

    @Test
    void anUpgradeFromAnEarlierChartDisturbsNoRun() {
        try (var run = ClusterRun.apply("quickstart", "e2e-upgrade", "steps=" + STEPS)) {
            run.awaitStep(1);
            var before = run.podIdentities();
            var operator = operators();
            cluster.installFrom(EARLIER, "operator.replicas=0");
            assertThat(poolDefinition()).doesNotContain("heldByUid");

            cluster.install("operator.podAnnotations.upgrade=yes", "operator.replicas=2");
            assertThat(poolDefinition()).contains("heldByUid");
            assertThat(operators()).hasSize(2).doesNotContainAnyElementsOf(operator);
            assertThat(cluster.kubectl("-n", Cluster.NAMESPACE, "get", "deployment", Cluster.OPERATOR, "-o", "yaml")
                            .orFail()
                            .output())
                    .contains("upgrade: \"yes\"");
            run.awaitStep(Math.min(STEPS, run.step() + 1));
            assertThat(run.podIdentities()).isEqualTo(before);
            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().restarts()).isZero();
        } finally {
            cluster.install();
        }
    }

    @Test
    void runsOutliveTheChart() {
        try (var run = ClusterRun.apply("quickstart", "e2e-uninstall", "steps=" + STEPS)) {
            run.awaitStep(1);
            var before = run.podIdentities();
            cluster.helm("uninstall", "ballast", "--namespace", Cluster.NAMESPACE, "--wait")
                    .orFail();
            assertThat(operators()).isEmpty();
            assertThat(run.get()).as("the run without the operator").isNotNull();
            assertThat(run.podIdentities()).isEqualTo(before);

            cluster.install();
            assertThat(run.podIdentities()).isEqualTo(before);
            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().restarts()).isZero();
        } finally {
            cluster.install();
        }
    }

    private String poolDefinition() {
        return cluster.kubectl("get", "crd", "rolloutpools.ballast.rl", "-o", "yaml")
                .orFail()
                .output();
    }

    private java.util.List<String> operators() {
        return cluster
                .client()
                .pods()
                .inNamespace(Cluster.NAMESPACE)
                .withLabel("app.kubernetes.io/component", "operator")
                .list()
                .getItems()
                .stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .map(Pod::getMetadata)
                .map(metadata -> metadata.getUid())
                .toList();
    }
}
