package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.FakeLearner;
import rl.ballast.operator.cluster.OperatorCase;

/// What a status says of a run that has ended, against a real API server.
class FinalStatusIT extends OperatorCase {
    @Test
    void theLastWordIsNewerThanTheLastLook() {
        try (FakeLearner learner = new FakeLearner("127.0.0.15")) {
            user.resource(TestRuns.plain("one", namespace)).create();
            kubelet.run("one-engine-0-1");
            learner.says(measured("generate", 19, 0.5, 0.25, true));
            kubelet.run("one-learner-0-1", learner.ip());
            awaitStep("one", 19);

            kubelet.end("one-learner-0-1", 0, """
                {"exitCode": 0, "reason": "COMPLETE", "retryable": true, "step": 20, "policyVersion": 21,
                 "message": "trained", "progress": %s}""".formatted(measured("done", 20, 0.75, 0.5, false)));
            awaitReason("one", "Complete");
            RLRunStatus end = run("one").getStatus();
            assertThat(end.step()).isEqualTo(20);
            assertThat(end.policyVersion()).isEqualTo(21);
            assertThat(end.evaluationScore()).isEqualTo(0.5);
            await().untilAsserted(() -> assertThat(kubelet.names()).containsExactly("one-learner-0-1"));

            // Each edit is another reconciliation and another write.
            for (int generation = 2; generation <= 4; generation++) {
                edit("one", "{\"spec\":{\"ttlSecondsAfterFinished\":%d}}".formatted(10_000 + generation));
                awaitGeneration("one", generation);
                assertMeasurements(end, "generation " + generation);
            }
            replaceOperator();
            edit("one", "{\"spec\":{\"ttlSecondsAfterFinished\":20000}}");
            awaitGeneration("one", 5);
            assertMeasurements(end, "another operator");
        }
    }

    @Test
    void whatNoStatusCanHoldHoldsUpNoRun() {
        String wild = """
            {"phase": null, "step": %d, "steps": 20, "epoch": 9000000000000000000, "reward": "NaN",
             "evaluation": 1e999, "mismatchK3": "-Infinity", "entropy": 0.5, "policyVersion": %d,
             "largestLag": null, "traceBytes": 9000000000000000000, "checkpointStep": 1, "checkpointTime": "%s",
             "engines": {"served": -9000000000000000000, "reporting": 2000000000, "known": -1},
             "replay": {"mode": "%s", "coverage": "NaN", "disagreement": "NaN", "unknown": {"A": null}},
             "stability": {"stable": false}}""";
        String lots = "x".repeat(2_000);
        try (FakeLearner learner = new FakeLearner("127.0.0.16")) {
            user.resource(TestRuns.plain("two", namespace)).create();
            learner.says("{}");
            kubelet.run("two-learner-0-1", learner.ip());
            kubelet.await("two-engine-0-1");
            awaitReason("two", "Starting");
            learner.says(wild.formatted(3, 4, lots, lots));
            kubelet.run("two-engine-0-1");
            awaitStep("two", 3);
            awaitReason("two", "Running");
            RLRunStatus status = run("two").getStatus();
            assertThat(status.entropy()).isEqualTo(0.5);
            assertThat(status.epoch()).isEqualTo(Integer.MAX_VALUE);
            assertThat(status.reward()).isNull();
            assertThat(status.evaluationScore()).isNull();
            assertThat(status.mismatchKl()).isNull();

            String word = wild.formatted(20, 21, "now", "R3");
            kubelet.end("two-learner-0-1", 0, """
                {"exitCode": 0, "reason": "COMPLETE", "retryable": true, "step": 20, "policyVersion": 21,
                 "message": "trained", "progress": %s}""".formatted(word));
            awaitReason("two", "Complete");
            assertThat(run("two").getStatus().step()).isEqualTo(20);
        }
    }

    @Test
    void aSidecarHoldsUpNoEndAndGoesWithIt() {
        String template = "learner: {template: {spec: {containers: [{name: sidecar, image: image}]}}}";
        String word = """
            {"exitCode": %d, "reason": "%s", "retryable": true, "step": %d, "policyVersion": 21, "message": "it ended"}""";
        user.resource(TestRuns.with("three", namespace, template)).create();
        kubelet.run("three-engine-0-1");
        kubelet.endFirst("three-learner-0-1", 75, word.formatted(75, "UNAVAILABLE", 9));
        kubelet.run("three-learner-0-2");
        awaitReason("three", "Running");
        assertThat(run("three").getStatus().step()).isEqualTo(9);
        await().untilAsserted(
                        () -> assertThat(kubelet.names()).containsExactly("three-engine-0-1", "three-learner-0-2"));

        kubelet.endFirst("three-learner-0-2", 0, word.formatted(0, "COMPLETE", 20));
        awaitReason("three", "Complete");
        assertThat(run("three").getStatus().step()).isEqualTo(20);
        await("its pod is deleted, as it still runs")
                .untilAsserted(() -> assertThat(kubelet.names()).isEmpty());
        assertThat(run("three").getStatus().step()).isEqualTo(20);
        assertThat(run("three").getStatus().policyVersion()).isEqualTo(21);
    }

    /// All but what an edit changes.
    private void assertMeasurements(RLRunStatus end, String when) {
        assertThat(run("one").getStatus())
                .as(when)
                .usingRecursiveComparison()
                .ignoringFields("observedGeneration")
                .ignoringFieldsMatchingRegexes("conditions.*observedGeneration")
                .isEqualTo(end);
    }

    private static String measured(String phase, int step, double reward, double evaluation, boolean stable) {
        return """
        {"phase": "%s", "step": %d, "steps": 20, "epoch": 1, "policyVersion": %d, "reward": %s, "evaluation": %s,
         "traceBytes": %d, "checkpointStep": %d, "checkpointTime": "2026-01-01T00:00:%dZ",
         "engines": {"served": %d, "reporting": 1, "known": 1},
         "replay": {"mode": "R3", "coverage": %s},
         "stability": {"stable": %s, "reason": "%s", "message": "mismatch KL"}}""".formatted(
                        phase,
                        step,
                        step + 1,
                        reward,
                        evaluation,
                        step * 100,
                        step,
                        step,
                        step + 1,
                        stable ? 1.0 : 0.5,
                        stable,
                        stable ? "NoWarningSign" : "MismatchRising");
    }

    private void awaitStep(String name, int step) {
        await("step " + step).atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(run(name).getStatus()).isNotNull();
            assertThat(run(name).getStatus().step()).isEqualTo(step);
        });
    }

    private void awaitGeneration(String name, long generation) {
        await("generation " + generation)
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(run(name).getStatus().observedGeneration()).isEqualTo(generation));
    }
}
