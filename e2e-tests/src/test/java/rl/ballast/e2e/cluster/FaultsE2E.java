package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// What breaks in a cluster: no step is lost, none is trained twice, and the run ends as it should.
@NeedsCluster
class FaultsE2E {
    private static final int STEPS = 8;
    /// Steps of a run that outlives a change of the operator.
    private static final int LONG = 150;

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
                () -> Cluster.script("restart", "kube-apiserver").orFail());
    }

    private static void disturbsNoPod(String namespace, Runnable fault) {
        try (var run = start(namespace, "steps=" + LONG)) {
            run.awaitStep(1);
            var before = run.podIdentities();
            int step = run.step();
            fault.run();

            run.awaitStep(step + 1);
            assertThat(run.podIdentities()).isEqualTo(before);
            run.awaitReason("Complete");
            run.assertEveryStepOnce(LONG);
            assertThat(run.status().restarts()).isZero();
        }
    }

    @Test
    void aPodStuckInTerminatingIsFencedOff() {
        try (var run = start("e2e-node-gone", "checkpoint.everySteps=1")) {
            run.awaitStep(2);
            Pod first = Objects.requireNonNull(run.pod("learner"));
            // A finalizer keeps the object, as the kubelet of a lost node would.
            cluster.client()
                    .pods()
                    .inNamespace(run.namespace())
                    .withName(first.getMetadata().getName())
                    .edit(pod -> {
                        pod.getMetadata().getFinalizers().add("ballast.rl/e2e");
                        return pod;
                    });
            cluster.client().resource(first).delete();

            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.podIdentities()).containsKey(first.getMetadata().getName());
            cluster.client()
                    .pods()
                    .inNamespace(run.namespace())
                    .withName(first.getMetadata().getName())
                    .edit(pod -> {
                        pod.getMetadata().getFinalizers().clear();
                        return pod;
                    });
        }
    }

    @Test
    void aNewEngineTemplateRollsTheEnginesAndTheRunGoesOn() {
        try (var run = start("e2e-roll", "steps=" + LONG, "rollouts.replicas=2")) {
            run.awaitStep(1);
            var before = run.podIdentities();
            run.patch(
                    "{\"spec\": {\"rollouts\": {\"template\": {\"metadata\": {\"annotations\": {\"e2e\": \"2\"}}}}}}");
            Awaitility.await("both engines of the new template")
                    .atMost(Duration.ofMinutes(4))
                    .untilAsserted(() -> assertThat(run.pods().stream()
                                    .filter(pod -> "2"
                                            .equals(pod.getMetadata()
                                                    .getAnnotations()
                                                    .get("e2e"))))
                            .hasSize(2));
            assertThat(run.podIdentities())
                    .as("the learner stays")
                    .containsEntry(
                            "quickstart-learner-0-1", Objects.requireNonNull(before.get("quickstart-learner-0-1")));
            run.awaitReason("Complete");
            run.assertEveryStepOnce(LONG);
            assertThat(run.status().restarts()).isZero();
        }
    }

    @Test
    void suspendFreesAllPodsAndResumeGoesOn() {
        try (var run = start("e2e-suspend")) {
            run.awaitStep(2);
            run.patch("{\"spec\": {\"suspend\": true}}");
            run.awaitReason("Suspended");
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(run.pods()).isEmpty());
            Integer stopped = run.status().step();

            run.patch("{\"spec\": {\"suspend\": false}}");
            run.awaitReason("Complete");
            assertThat(run.status().step()).isGreaterThan(Objects.requireNonNull(stopped));
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().restarts()).isZero();
        }
    }

    @Test
    void deletionInMidRunLeavesTheStoreAndANewRunMayAdoptIt() {
        try (var run = start("e2e-deleted", "checkpoint.everySteps=1")) {
            run.awaitStep(2);
            cluster.client().resource(run.get()).delete();
            Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
                assertThat(run.pods()).isEmpty();
                assertThat(left(Secret.class, run)).isEmpty();
                assertThat(left(Service.class, run)).isEmpty();
            });
            assertThat(left(PersistentVolumeClaim.class, run))
                    .as("the store is kept by default")
                    .hasSize(1);

            var again = run.beside("quickstart", "storage.adopt=true", "checkpoint.everySteps=1", "steps=" + STEPS);
            again.awaitReason("Complete");
            again.assertEveryStepOnce(STEPS);
            assertThat(again.metrics().stream()
                            .mapToInt(line -> line.path("epoch").asInt()))
                    .as("the first run's steps are there")
                    .contains(1, 2);
        }
    }

    private <T extends HasMetadata> List<T> left(Class<T> type, ClusterRun run) {
        return cluster.client()
                .resources(type)
                .inNamespace(run.namespace())
                .list()
                .getItems();
    }

    private static ClusterRun start(String namespace, String... settings) {
        var all = new ArrayList<>(List.of("steps=" + STEPS));
        all.addAll(List.of(settings));
        return ClusterRun.apply("quickstart", namespace, all.toArray(String[]::new));
    }
}
