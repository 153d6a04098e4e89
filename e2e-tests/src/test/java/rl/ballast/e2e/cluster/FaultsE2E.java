package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// What breaks in a cluster: no step is lost, none is trained twice, and the run ends as it should.
@NeedsCluster
class FaultsE2E {
    private static final int STEPS = 18;
    /// Below the half minute for which the JDK believes an address.
    private static final Duration SOON = Duration.ofSeconds(15);
    /// Steps between two checkpoints.
    private static final int RARE = 8;
    /// Steps of a run that outlives the lease of a dead operator.
    private static final int OPERATOR_STEPS = 150;
    /// Steps of a run that outlives a restart of the API server.
    private static final int SERVER_STEPS = 80;

    private final Cluster cluster = Cluster.shared();

    @Test
    void aKilledEngineIsReplaced() {
        try (var run = start("e2e-engine-killed")) {
            run.awaitRecorded(2);
            Pod first = Objects.requireNonNull(run.pod("engine"));
            run.kill(first);
            Awaitility.await("the next engine")
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> run.pods("engine").stream().anyMatch(pod -> isReady(pod) && !isSame(pod, first)));
            int before = run.recorded();
            assertThat(before).as("steps without the next engine").isLessThan(STEPS);
            Awaitility.await("steps with an engine of another address")
                    .atMost(SOON)
                    .until(() -> run.recorded() > before);

            run.awaitReason("Complete");
            run.assertEveryStepOnce(STEPS);
            assertThat(run.status().restarts()).as("starts of the learner").isZero();
        }
    }

    @Test
    void aLearnerKilledBetweenCheckpointsTrainsTheSameStepsAgain() {
        String checkpoint = "checkpoint={everySteps: %d, keepRollouts: %d}".formatted(RARE, STEPS);
        try (var run = start("e2e-learner-killed", checkpoint)) {
            run.awaitRecorded(RARE + 2);
            run.crash(Objects.requireNonNull(run.pod("learner")));
            Awaitility.await("the next learner")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> run.podIdentities().containsKey("quickstart-learner-0-2"));
            var first = run.metrics();
            var judged = run.judged();

            run.awaitReason("Complete");
            assertThat(run.status().step()).isEqualTo(STEPS);
            assertThat(run.status().epoch()).isEqualTo(2);
            assertThat(run.status().restarts()).isEqualTo(1);
            assertThat(run.metrics()).as("recorded steps stay").startsWith(first.toArray(JsonNode[]::new));
            var second = run.metrics().subList(first.size(), run.metrics().size());
            assertThat(second.stream().map(line -> line.path("step").asInt()))
                    .as("from the newest checkpoint on, each once")
                    .containsExactlyElementsOf(IntStream.rangeClosed(checkpointBefore(first) + 1, STEPS)
                            .boxed()
                            .toList());
            assertThat(first.getLast().path("step").asInt())
                    .as("the kill fell between two checkpoints")
                    .isGreaterThan(checkpointBefore(first));
            assertThat(run.judged()).as("judged steps are trained as they were").containsAllEntriesOf(judged);
            assertThat(run.store().rollouts().resolve("dropped")).doesNotExist();
        }
    }

    private static boolean isReady(Pod pod) {
        return Readiness.getInstance().isReady(pod);
    }

    private static boolean isSame(Pod pod, Pod other) {
        return pod.getMetadata().getUid().equals(other.getMetadata().getUid());
    }

    private static int checkpointBefore(List<JsonNode> metrics) {
        return metrics.getLast().path("step").asInt() / RARE * RARE;
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
