package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Off-policy with R3: two engine pods record routes, the learner pod replays them from the shared volume.
@NeedsCluster
class OffPolicyReplayE2E {
    @Test
    void everyRouteThatTwoEnginesRecordedIsReplayed() {
        try (var run = ClusterRun.apply("off-policy-r3", "e2e-replay", "steps=3", "rollouts.replicas=2")) {
            run.awaitReason("Complete");

            var status = run.status();
            var replay = Objects.requireNonNull(status.replay());
            assertThat(replay.mode()).isEqualTo("R3");
            assertThat(replay.coverage()).isEqualTo(1.0);
            assertThat(status.traceBytes()).isPositive();
            assertThat(status.step()).isEqualTo(3);
            run.assertEveryStepOnce(3);
            assertThat(run.metrics().stream()
                            .filter(line -> line.path("step").asInt() > 0)
                            .map(line -> line.at("/replay/consumed").asLong()))
                    .allMatch(consumed -> consumed > 0);
            assertThat(run.condition("TracesHealthy"))
                    .hasValueSatisfying(
                            healthy -> assertThat(healthy.getStatus()).isEqualTo("True"));
        }
    }
}
