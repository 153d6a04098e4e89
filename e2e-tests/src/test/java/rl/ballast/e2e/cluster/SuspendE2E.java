package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Pods are freed and come back: those of the whole run, or of one role.
@NeedsCluster
class SuspendE2E {
    /// As long as a waiting role is watched.
    private static final Duration WHILE = Duration.ofSeconds(3);

    @Test
    void suspendFreesAllPodsAndResumeGoesOn() {
        int steps = 18;
        int rare = 8;
        try (var run =
                ClusterRun.apply("quickstart", "e2e-suspend", "steps=" + steps, "checkpoint.everySteps=" + rare)) {
            run.awaitRecorded(rare + 2);
            run.patch("{\"spec\": {\"suspend\": true}}");
            run.awaitReason("Suspended");
            awaitNo("learner", run);
            awaitNo("engine", run);
            assertThat(run.pods()).isEmpty();
            int stopped = run.recorded();
            assertThat(stopped % rare).as("steps after a checkpoint").isPositive();
            assertThat(stopped).isLessThan(steps);

            run.patch("{\"spec\": {\"suspend\": false}}");
            run.awaitReason("Complete");
            run.assertEveryStepOnce(steps);
            assertThat(run.status().epoch()).isEqualTo(2);
            assertThat(run.status().restarts()).isZero();
        }
    }

    @Test
    void aRoleThatIsFreedIsWaitedForByTheOther() {
        int steps = 60;
        try (var run = ClusterRun.apply("quickstart", "e2e-suspend-role", "steps=" + steps)) {
            run.awaitStep(2);
            List<String> engine = identities("engine", run);
            run.patch("{\"spec\": {\"learner\": {\"suspend\": true}}}");
            run.awaitReason("LearnerSuspended");
            awaitNo("learner", run);
            staysSo(run, "engine", engine, "LearnerSuspended");

            int before = run.metrics().size();
            run.patch("{\"spec\": {\"learner\": {\"suspend\": false}}}");
            Awaitility.await("more steps")
                    .atMost(Duration.ofMinutes(4))
                    .until(() -> run.metrics().size() > before);
            assertThat(identities("engine", run)).isEqualTo(engine);

            List<String> learner = identities("learner", run);
            run.patch("{\"spec\": {\"rollouts\": {\"suspend\": true}}}");
            run.awaitReason("EnginesSuspended");
            awaitNo("engine", run);
            staysSo(run, "learner", learner, "EnginesSuspended");

            run.patch("{\"spec\": {\"rollouts\": {\"suspend\": false}}}");
            run.awaitReason("Complete");
            // The kubelet says so a little after the container has ended, on which the operator acts.
            Awaitility.await("the learner that waited to have ended the run")
                    .atMost(WHILE.multipliedBy(10))
                    .untilAsserted(() -> assertThat(run.pods("learner"))
                            .allMatch(pod -> "Succeeded".equals(pod.getStatus().getPhase()))
                            .extracting(pod -> pod.getMetadata().getUid())
                            .containsAll(learner));
            run.assertEveryStepOnce(steps);
            assertThat(run.status().restarts()).isZero();
            assertThat(run.status().epoch()).isEqualTo(2);
        }
    }

    /// No step is made, nothing is replaced and nothing fails.
    private static void staysSo(ClusterRun run, String role, List<String> identities, String reason) {
        var recorded = new AtomicInteger();
        Awaitility.await("%s to wait".formatted(role))
                .during(WHILE)
                .atMost(WHILE.multipliedBy(10))
                .until(() -> {
                    int now = run.metrics().size();
                    return recorded.getAndSet(now) == now;
                });
        assertThat(identities(role, run)).isEqualTo(identities);
        assertThat(run.ready()).startsWith(reason);
        assertThat(run.condition("Failed").orElseThrow().getStatus()).isEqualTo("False");
        assertThat(Objects.requireNonNull(run.pod(role)).getStatus().getPhase()).isEqualTo("Running");
    }

    private static void awaitNo(String role, ClusterRun run) {
        Awaitility.await("no " + role)
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(run.pods(role)).isEmpty());
    }

    private static List<String> identities(String role, ClusterRun run) {
        return run.pods(role).stream()
                .filter(pod -> !"Succeeded".equals(pod.getStatus().getPhase()))
                .map(Pod::getMetadata)
                .map(metadata -> metadata.getUid())
                .toList();
    }
}
