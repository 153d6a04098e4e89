package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Objects;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.status.ConditionType;

/// Many plain runs of one namespace whose pods are ready, and whose learners nobody can ask.
///
/// @param runs how many there are
record RunningRuns(KubernetesClient user, String namespace, int runs) {
    /// Every run is `Running`.
    void assertReady() {
        assertThat(statuses())
                .hasSize(runs)
                .allMatch(status ->
                        Observation.condition(status, ConditionType.Ready).equals("True Running"));
    }

    /// Nothing else is said of any.
    void assertWhole() {
        assertThat(statuses()).hasSize(runs).allSatisfy(RunningRuns::assertRunning);
    }

    void assertChildrenReady() {
        assertThat(user.resources(LearnerGroup.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .hasSize(runs)
                .allMatch(group -> group.getStatus() != null
                        && Objects.equals(group.getStatus().readyReplicas(), 1)
                        && group.getStatus().failures() == null);
        assertThat(user.resources(RolloutPool.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .hasSize(runs)
                .allMatch(pool -> pool.getStatus() != null
                        && Objects.equals(pool.getStatus().readyReplicas(), 1));
    }

    private static void assertRunning(RLRunStatus status) {
        assertThat(Observation.condition(status, ConditionType.Accepted)).isEqualTo("True Accepted");
        assertThat(Observation.condition(status, ConditionType.Reconciling)).isEqualTo("False Running");
        assertThat(Observation.condition(status, ConditionType.Stalled)).isEqualTo("False Running");
        assertThat(Observation.condition(status, ConditionType.Suspended)).isEqualTo("False NotSuspended");
        assertThat(Observation.condition(status, ConditionType.Complete)).isEqualTo("False NotComplete");
        assertThat(Observation.condition(status, ConditionType.Failed)).isEqualTo("False NotFailed");
        assertThat(status.observedGeneration()).isEqualTo(1);
        assertThat(status.engines()).isEqualTo(new RLRunStatus.Engines(1, 1));
        assertThat(status.restarts()).isZero();
        assertThat(status.startTime()).isNotNull();
        assertThat(status.completionTime()).isNull();
        assertThat(status.step()).as("nobody has said anything").isNull();
    }

    private List<RLRunStatus> statuses() {
        return user.resources(RLRun.class).inNamespace(namespace).list().getItems().stream()
                .map(RLRun::getStatus)
                .filter(Objects::nonNull)
                .toList();
    }
}
