package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// The engines of a running run get another image.
@NeedsCluster
class ImageRollE2E {
    private static final int STEPS = 100;
    private static final String NEXT = "ballast/rollout:e2e-next";

    @Test
    void aNewEngineImageRollsTheEnginesOneByOneAndTheRunGoesOn() {
        Cluster.script("load", "--as", NEXT, "rollout-image/target/images/jib-image.tar")
                .orFail();
        try (var run = ClusterRun.apply("quickstart", "e2e-image-roll", "steps=" + STEPS, "rollouts.replicas=2");
                var watch = new PodWatch(run.namespace())) {
            run.awaitStep(1);
            run.awaitReason("Running");
            Set<String> old = images(run);
            String learner = learner(run);

            run.patch("""
                    {"spec": {"rollouts": {"template": {"spec": {"containers": [{"name": "engine", "image": "%s"}]}}}}}
                    """.formatted(NEXT));
            Awaitility.await("both engines of the new image")
                    .atMost(Duration.ofMinutes(4))
                    .untilAsserted(() -> assertThat(watch.happenedTo("quickstart-engine-"))
                            .contains("quickstart-engine-0-2 ready", "quickstart-engine-1-2 ready"));
            assertThat(watch.happenedTo("quickstart-engine-").stream().skip(2))
                    .as("the next goes when the one before is back")
                    .containsExactly(
                            "quickstart-engine-1-1 going",
                            "quickstart-engine-1-2 ready",
                            "quickstart-engine-0-1 going",
                            "quickstart-engine-0-2 ready");
            assertThat(images(run)).hasSize(1).doesNotContainAnyElementsOf(old);
            assertThat(run.pods("engine").stream()
                            .map(pod -> pod.getSpec().getContainers().getFirst().getImage()))
                    .containsOnly(NEXT);
            assertThat(learner(run)).as("the learner stays").isEqualTo(learner);
            run.awaitStep(run.step() + 1);

            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().epoch()).isEqualTo(1);
            assertThat(run.status().restarts()).isZero();
        }
    }

    /// Digests of what the live engines run.
    private static Set<String> images(ClusterRun run) {
        return run.pods("engine").stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .map(Pod::getStatus)
                .map(status -> status.getContainerStatuses())
                .flatMap(List::stream)
                .map(ContainerStatus::getImageID)
                .collect(Collectors.toSet());
    }

    private static String learner(ClusterRun run) {
        return Objects.requireNonNull(run.pod("learner")).getMetadata().getUid();
    }
}
