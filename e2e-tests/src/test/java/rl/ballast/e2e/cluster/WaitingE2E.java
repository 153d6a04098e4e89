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
            run.awaitReason("Unschedulable");
            assertThat(run.ready()).contains("node affinity/selector");
        }
    }

    @Test
    void aFullStoreIsReportedAndRetriedWithinTheBudget() {
        try (var run = ClusterRun.apply(
                "quickstart",
                "e2e-full",
                "steps=50",
                "checkpoint.everySteps=1",
                "checkpoint.keep=50",
                "storage={volume: {size: 64Mi, storageClassName: ballast-memory}}")) {
            run.awaitReason("RestartBudgetExhausted");
            assertThat(run.ready()).containsIgnoringCase("no space left");
        }
    }
}
