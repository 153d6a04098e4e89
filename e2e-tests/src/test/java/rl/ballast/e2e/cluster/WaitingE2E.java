package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Runs that cannot go on: their status alone says why.
@NeedsCluster
class WaitingE2E {
    @Test
    void aWrongModelPathFailsTheRun() {
        try (var run =
                ClusterRun.apply("quickstart", "e2e-model-path", "model={path: models/absent}", "coldStart=null")) {
            run.awaitReason("ConfigurationError");
            assertThat(run.ready()).contains("models/absent");
            assertThat(run.condition("Failed"))
                    .hasValueSatisfying(failed -> assertThat(failed.getStatus()).isEqualTo("True"));
        }
    }

    @Test
    void podsThatFitNowhereSayWhatIsMissing() {
        try (var run = ClusterRun.apply(
                "quickstart",
                "e2e-unschedulable",
                "learner.template={spec: {nodeSelector: {example.com/gpu: absent}}}")) {
            run.awaitReady("Unschedulable:", "node affinity/selector");
        }
    }

    @Test
    void aVolumeThatIsTooSmallIsRefusedWithTheArithmetic() {
        try (var run = ClusterRun.apply(
                "quickstart",
                "e2e-small-volume",
                "checkpoint.keep=50",
                "storage={volume: {size: 160Mi, storageClassName: ballast-memory}}")) {
            run.awaitReady("ConfigurationError:", "51 checkpoints of 16.0 MiB", "its volume holds 160.0 MiB");
        }
    }

    @Test
    void aStoreThatIsFullIsRetriedWithinTheBudgetAndReported() {
        try (var first = ClusterRun.apply(
                "quickstart",
                "e2e-full",
                "steps=2",
                "storage={volume: {size: 160Mi, storageClassName: ballast-memory}}")) {
            first.awaitReason("Complete");
            // Each fits alone; beside the other's files it does not.
            var second = first.beside("second", "storage={claimName: quickstart-store}", "steps=50");
            second.awaitReady("RestartBudgetExhausted:", "STORE_FULL", "free space or enlarge the volume");
        }
    }
}
