package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.role.ExitCode;

/// A node that nobody hears of, while the learner and the engine on it go on.
@NeedsCluster
class NodeGoneE2E {
    private static final int STEPS = 80;
    /// The kubelet that is back waits so long before it stops the old learner, so that only the fence can.
    private static final String OUTLIVES =
            "learner.template={spec: {containers: [{name: learner, lifecycle: {preStop: {sleep: {seconds: 45}}}}]}}";

    private final Cluster cluster = Cluster.shared();

    @Test
    void thePodsOfALostNodeAreReplacedAndItsLearnerIsFencedOff() {
        try (var run = ClusterRun.apply(
                        "quickstart", "e2e-node-gone", "steps=" + STEPS, "checkpoint.everySteps=1", OUTLIVES);
                var watch = new PodWatch(run.namespace())) {
            run.awaitStep(2);
            Pod first = Objects.requireNonNull(run.pod("learner"));
            Pod engine = Objects.requireNonNull(run.pod("engine"));
            pausedKubelet(() -> {
                cluster.client().resource(first).delete();
                cluster.client().resource(engine).delete();
                awaitNextAttempts(run);
                int before = run.metrics().size();
                Awaitility.await("the lost learner to go on")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> run.metrics().size() > before);
                assertThat(run.pods("learner"))
                        .as("the old learner cannot leave")
                        .anyMatch(pod -> isGoing(pod, first.getMetadata().getUid()));
                assertThat(run.pods("engine"))
                        .as("the old engine cannot leave")
                        .anyMatch(pod -> isGoing(pod, engine.getMetadata().getUid()));
            });

            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().epoch()).isEqualTo(2);
            assertThat(run.metrics().stream()
                            .mapToInt(line -> line.path("epoch").asInt()))
                    .as("epochs never go back")
                    .isSorted()
                    .contains(1, 2);
            Awaitility.await("the end of the old learner")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(
                            () -> assertThat(watch.exitCode(first.getMetadata().getName()))
                                    .hasValue(ExitCode.REPLACED.code()));
        }
    }

    private static void pausedKubelet(Runnable meanwhile) {
        Cluster.script("pause", "kubelet").orFail();
        try {
            meanwhile.run();
        } finally {
            Cluster.script("resume", "kubelet").orFail();
        }
    }

    private static void awaitNextAttempts(ClusterRun run) {
        Awaitility.await("the next attempts")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(run.podIdentities())
                        .containsKeys("quickstart-learner-0-2", "quickstart-engine-0-2"));
    }

    private static boolean isGoing(Pod pod, String uid) {
        return pod.getMetadata().getUid().equals(uid) && pod.getMetadata().getDeletionTimestamp() != null;
    }
}
