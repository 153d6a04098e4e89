package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.cluster.FakeLearner;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.cluster.RunHistory;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;

/// What a status says over time, against a real API server.
class StatusIT extends OperatorCase {
    private static final String COMPLETE =
            "{\"exitCode\":0,\"reason\":\"COMPLETE\",\"retryable\":true,\"step\":20,\"policyVersion\":21,\"message\":\"trained\"}";

    /// A look that hangs takes longer than what tests do meanwhile.
    @Override
    protected OperatorSettings settings() {
        return TestSettings.with(Map.of("ballast.progress.timeout", "5s"));
    }

    @Test
    void anEditDuringStatusWritesIsNeverLost() {
        user.resource(TestRuns.plain("one", namespace)).create();
        kubelet.run("one-learner-0-1");
        kubelet.run("one-engine-0-1");
        for (int edit = 1; edit <= 40; edit++) {
            // Both kinds of edits make the operator write: a status of the new generation, and what a pod shows.
            edit("one", "{\"spec\":{\"steps\":%d,\"suspend\":%s}}".formatted(20 + edit, edit % 10 == 5));
            RLRun seen = run("one");
            assertThat(seen.getSpec().steps()).as("edit %d", edit).isEqualTo(20 + edit);
            assertThat(seen.getMetadata().getGeneration()).as("edit %d", edit).isEqualTo(1 + edit);
        }
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(run("one").getStatus().observedGeneration()).isEqualTo(41));
        assertThat(run("one").getMetadata().getManagedFields())
                .filteredOn(entry -> "ballast-operator".equals(entry.getManager()))
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry.getSubresource()).isEqualTo("status"));
    }

    @Test
    void aStatusMovesForwardAndIsWrittenOnlyWhenItChanges() {
        List<RLRun> written;
        try (RunHistory history = new RunHistory(user, namespace, "two")) {
            user.resource(TestRuns.plain("two", namespace)).create();
            kubelet.run("two-engine-0-1");
            kubelet.run("two-learner-0-1");
            awaitReason("two", "Running");
            kubelet.end("two-learner-0-1", 0, COMPLETE);
            await().untilAsserted(() ->
                    assertThat(history.changes(ConditionType.Complete)).endsWith("True Complete"));

            for (ConditionType type : ConditionType.values()) {
                assertThat(history.changes(type)).as(type.name()).doesNotHaveDuplicates();
            }
            written = history.written();
        }
        for (int i = 1; i < written.size(); i++) {
            assertThat(written.get(i).getStatus())
                    .isNotEqualTo(written.get(i - 1).getStatus());
        }
    }

    @Test
    void aLostEngineAndASlowLearnerMakeNothingFlap() {
        try (FakeLearner learner = new FakeLearner("127.0.0.14");
                RunHistory history = new RunHistory(user, namespace, "three")) {
            user.resource(TestRuns.plain("three", namespace)).create();
            kubelet.run("three-engine-0-1");
            learner.trains(1, 2);
            kubelet.run("three-learner-0-1", learner.ip());
            awaitReason("three", "Running");
            awaitStep(1);

            // Slow: a look takes longer than its timeout, and what was known stays.
            learner.hang();
            int asked = learner.asked();
            await().atMost(Duration.ofSeconds(20)).until(() -> learner.asked() > asked + 1);
            kubelet.end("three-engine-0-1", 137, "");
            kubelet.await("three-engine-0-2");
            awaitReason("three", "WaitingForEngines");
            kubelet.run("three-engine-0-2");
            awaitReason("three", "Running");
            learner.trains(2, 3);
            learner.goOn();
            awaitStep(2);
            kubelet.end("three-learner-0-1", 0, COMPLETE);
            await().untilAsserted(() ->
                    assertThat(history.changes(ConditionType.Complete)).endsWith("True Complete"));

            assertThat(history.changes(ConditionType.Ready))
                    .containsExactly(
                            "Unknown Pending",
                            "True Running",
                            "False WaitingForEngines",
                            "True Running",
                            "True Complete");
            assertThat(history.changes(ConditionType.Reconciling))
                    .containsExactly(
                            "True Pending",
                            "False Running",
                            "True WaitingForEngines",
                            "False Running",
                            "False Complete");
            assertThat(history.changes(ConditionType.Stalled))
                    .containsExactly("False Running", "False WaitingForEngines", "False Running", "False Complete");
            assertThat(history.changes(ConditionType.Accepted)).containsExactly("True Accepted");
            assertThat(history.changes(ConditionType.Suspended)).containsExactly("False NotSuspended");
            assertThat(history.changes(ConditionType.Complete)).containsExactly("False NotComplete", "True Complete");
            assertThat(history.changes(ConditionType.Failed)).containsExactly("False NotFailed");
            assertThat(history.changes(ConditionType.WeightsCurrent))
                    .containsExactly("True Current", "Unknown NoEngine", "True Current");
            assertThat(history.changes(ConditionType.TracesHealthy)).containsExactly("True Covered");
            assertThat(history.changes(ConditionType.PolicyStable)).isEmpty();
        }
    }

    private void awaitStep(int step) {
        await("step " + step)
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(run("three").getStatus().step()).isEqualTo(step));
    }
}
