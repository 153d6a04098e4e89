package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;

/// A pool that is scaled while its run trains: from outside, or in the run's own file.
@NeedsCluster
class ScalingE2E {
    private static final String SCALED = "rollouts={scaling: {min: 1, max: 3, initial: 1}}";

    private static final String LEARNER = "quickstart-learner-0-1";

    private final Cluster cluster = Cluster.shared();

    @Test
    void theLearnerCallsNewEnginesAndLeavesThoseThatGo() {
        try (var run = ClusterRun.apply("quickstart", "e2e-scaled", "steps=100000", SCALED)) {
            run.awaitStep(1);
            var before = run.podIdentities();
            scale(run, 2);
            awaitEngines(run, "2 of 2 engines report");
            assertThat(run.podIdentities()).containsAllEntriesOf(before);

            scale(run, 1);
            awaitEngines(run, "1 of 1 engines report");
            run.awaitStep(run.step() + 1);
            assertThat(run.podIdentities()).containsExactlyInAnyOrderEntriesOf(before);
            assertThat(run.status().restarts()).isZero();
            assertThat(run.condition("PolicyStable"))
                    .hasValueSatisfying(stable -> assertThat(stable.getReason()).isEqualTo("NoWarningSign"));
            List<Integer> steps = run.metrics().stream()
                    .map((JsonNode line) -> line.path("step").asInt())
                    .toList();
            assertThat(steps).isEqualTo(IntStream.range(0, steps.size()).boxed().toList());
        }
    }

    @Test
    void moreReplicasInTheRunAreMoreEnginesAndTheRunGoesOn() {
        int steps = 60;
        try (var run = ClusterRun.apply("quickstart", "e2e-replicas", "steps=" + steps)) {
            run.awaitRecorded(1);
            var before = run.podIdentities();
            run.patch("{\"spec\": {\"rollouts\": {\"replicas\": 2}}}");
            Awaitility.await("two engines that serve")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(run.status().engines()).isEqualTo(new RLRunStatus.Engines(2, 2)));
            assertThat(run.recorded()).as("a run that trains").isLessThan(steps);

            run.awaitReason("Complete");
            run.assertEveryStepOnce(steps);
            assertThat(run.podIdentities()).as("the learner stays").containsEntry(LEARNER, before.get(LEARNER));
            assertThat(run.status().epoch()).isEqualTo(1);
            assertThat(run.status().restarts()).isZero();
        }
    }

    private void scale(ClusterRun run, int engines) {
        cluster.client()
                .resources(RolloutPool.class)
                .inNamespace(run.namespace())
                .withName("quickstart")
                .scale(engines);
    }

    /// As the learner counts them. The kubelet takes its time to bring a changed secret into a pod.
    private static void awaitEngines(ClusterRun run, String words) {
        Awaitility.await(words)
                .atMost(Duration.ofMinutes(4))
                .untilAsserted(() -> assertThat(run.condition("WeightsCurrent"))
                        .hasValueSatisfying(current -> assertThat(Objects.requireNonNull(current.getMessage()))
                                .endsWith(words)));
    }
}
