package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What breaks in a cluster: no step is lost, none is trained twice, and the run ends as it should.
@NeedsCluster
class FaultsE2E {
    private static final int STEPS = 8;
    /// Steps of a run that outlives the lease of a dead operator.
    private static final int OPERATOR_STEPS = 150;
    /// Steps of a run that outlives a restart of the API server.
    private static final int SERVER_STEPS = 80;

    private final Cluster cluster = Cluster.shared();

    @Test
    void aKilledEngineIsReplaced() {
        try (var run = start("e2e-engine-killed")) {
            run.awaitStep(2);
            run.kill(Objects.requireNonNull(run.pod("engine")));

            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().restarts()).as("starts of the learner").isZero();
        }
    }

    @Test
    void aKilledLearnerGoesOnFromItsCheckpoint() {
        try (var run = start("e2e-learner-killed", "checkpoint.everySteps=1")) {
            run.awaitStep(2);
            Pod first = Objects.requireNonNull(run.pod("learner"));
            run.kill(first);

            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().epoch()).isGreaterThanOrEqualTo(2);
            assertThat(run.metrics().stream()
                            .mapToInt(line -> line.path("epoch").asInt()))
                    .contains(1, 2);
        }
    }

    @Test
    void aNewOperatorRestartsNoPod() {
        disturbsNoPod(
                "e2e-operator-killed",
                OPERATOR_STEPS,
                () -> cluster.client()
                        .pods()
                        .inNamespace(Cluster.NAMESPACE)
                        .withLabel("app.kubernetes.io/component", "operator")
                        .withGracePeriod(0)
                        .delete());
    }

    @Test
    void aRestartOfTheApiServerDisturbsNothing() {
        disturbsNoPod(
                "e2e-server-restart",
                SERVER_STEPS,
                () -> Cluster.script("restart", "kube-apiserver").orFail());
    }

    private static void disturbsNoPod(String namespace, int steps, Runnable fault) {
        try (var run = start(namespace, "steps=" + steps)) {
            run.awaitStep(1);
            var before = run.podIdentities();
            int step = run.step();
            fault.run();

            run.awaitStep(step + 1);
            assertThat(run.podIdentities()).isEqualTo(before);
            run.awaitReason("Complete");
            run.assertEveryStepOnce(steps);
            assertThat(run.status().restarts()).isZero();
        }
    }

    private static ClusterRun start(String namespace, String... settings) {
        var all = new ArrayList<>(List.of("steps=" + STEPS));
        all.addAll(List.of(settings));
        return ClusterRun.apply("quickstart", namespace, all.toArray(String[]::new));
    }
}
