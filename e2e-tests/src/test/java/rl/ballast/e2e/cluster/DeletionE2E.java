package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;

/// A run that is deleted takes everything with it, and its store by policy.
@NeedsCluster
class DeletionE2E {
    private static final int STEPS = 12;
    private static final List<Class<? extends HasMetadata>> OF_A_RUN = List.of(
            LearnerGroup.class,
            RolloutPool.class,
            Pod.class,
            Secret.class,
            Service.class,
            NetworkPolicy.class,
            PodDisruptionBudget.class);

    private final Cluster cluster = Cluster.shared();

    @Test
    void deletionInMidRunLeavesTheStoreAndANewRunMayAdoptIt() {
        try (var run = ClusterRun.apply(
                "quickstart", "e2e-deleted", "steps=" + STEPS, "checkpoint.everySteps=1", "rollouts.replicas=2")) {
            run.awaitStep(2);
            assertThat(OF_A_RUN).allSatisfy(type -> assertThat(left(type, run)).isNotEmpty());
            delete(run);
            assertThat(left(PersistentVolumeClaim.class, run))
                    .as("the store is kept by default")
                    .hasSize(1);

            var again = run.beside(
                    "quickstart", "storage={adopt: true, retain: Delete}", "checkpoint.everySteps=1", "steps=" + STEPS);
            again.awaitReason("Complete");
            again.assertEveryStepOnce(STEPS);
            assertThat(again.metrics().stream()
                            .mapToInt(line -> line.path("epoch").asInt()))
                    .as("the first run's steps are there")
                    .contains(1, 2);

            Path volume = again.volume();
            delete(again);
            Awaitility.await("the store to go, as storage.retain says")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> {
                        assertThat(left(PersistentVolumeClaim.class, again)).isEmpty();
                        assertThat(Files.exists(volume)).isFalse();
                    });
        }
    }

    @Test
    void deletionInMidRunTakesTheStoreWhereItShallNotStay() {
        try (var run = ClusterRun.apply("quickstart", "e2e-deleted-all", "steps=100000", "storage={retain: Delete}")) {
            run.awaitStep(1);
            Path folder = run.volume();
            String volume =
                    left(PersistentVolumeClaim.class, run).getFirst().getSpec().getVolumeName();
            delete(run);
            Awaitility.await("the store to go, too")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> {
                        assertThat(left(PersistentVolumeClaim.class, run)).isEmpty();
                        assertThat(cluster.client()
                                        .persistentVolumes()
                                        .withName(volume)
                                        .get())
                                .isNull();
                        assertThat(Files.exists(folder)).isFalse();
                    });
        }
    }

    private void delete(ClusterRun run) {
        cluster.client().resource(run.get()).delete();
        Awaitility.await("everything of the run to go")
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(OF_A_RUN)
                        .allSatisfy(type -> assertThat(left(type, run)).isEmpty()));
    }

    private <T extends HasMetadata> List<T> left(Class<T> type, ClusterRun run) {
        return cluster.client()
                .resources(type)
                .inNamespace(run.namespace())
                .list()
                .getItems();
    }
}
