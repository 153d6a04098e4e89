package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// `learner.suspend` and `rollouts.suspend`: one role goes, the other stays and waits.
class RoleSuspendIT extends OperatorCase {
    @Test
    void aSuspendedLearnerFreesItsPodAndTheEnginesStay() {
        String engine = start("one", "engine");

        edit("one", "{\"spec\":{\"learner\":{\"suspend\":true}}}");
        awaitReason("one", "LearnerSuspended");
        awaitPods("one-engine-0-1");
        assertSuspended("one", "LearnerSuspended");
        assertThat(poolReason("one")).as("the engines are not").isEqualTo("EnginesReady");

        edit("one", "{\"spec\":{\"learner\":{\"suspend\":false}}}");
        kubelet.run("one-learner-0-2");
        awaitReason("one", "Running");
        assertResumed("one");
        assertThat(uid("one-engine-0-1")).isEqualTo(engine);
        awaitPods("one-engine-0-1", "one-learner-0-2");
    }

    @Test
    void suspendedEnginesFreeTheirPodsAndTheLearnerStays() {
        String learner = start("two", "learner");

        edit("two", "{\"spec\":{\"rollouts\":{\"suspend\":true}}}");
        awaitReason("two", "EnginesSuspended");
        awaitPods("two-learner-0-1");
        assertSuspended("two", "EnginesSuspended");

        edit("two", "{\"spec\":{\"rollouts\":{\"suspend\":false}}}");
        kubelet.run("two-engine-0-1");
        awaitReason("two", "Running");
        assertResumed("two");
        assertThat(uid("two-learner-0-1")).isEqualTo(learner);
        awaitPods("two-engine-0-1", "two-learner-0-1");
    }

    /// @return UID of the pod of a role
    private String start(String name, String role) {
        user.resource(TestRuns.plain(name, namespace)).create();
        kubelet.run(name + "-learner-0-1");
        kubelet.run(name + "-engine-0-1");
        awaitReason(name, "Running");
        return uid("%s-%s-0-1".formatted(name, role));
    }

    private String uid(String pod) {
        return kubelet.await(pod).getMetadata().getUid();
    }

    private void awaitPods(String... names) {
        await("pods of the other role only")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(kubelet.names()).containsExactly(names));
    }

    /// A run that waits because somebody wants it to has not failed and makes no progress.
    private void assertSuspended(String name, String reason) {
        assertCondition(name, ConditionType.Suspended, "True " + reason);
        assertCondition(name, ConditionType.Ready, "False " + reason);
        assertCondition(name, ConditionType.Reconciling, "False " + reason);
        assertCondition(name, ConditionType.Stalled, "False " + reason);
        assertCondition(name, ConditionType.Failed, "False NotFailed");
        assertCondition(name, ConditionType.Complete, "False NotComplete");
    }

    private void assertResumed(String name) {
        assertCondition(name, ConditionType.Suspended, "False NotSuspended");
        assertCondition(name, ConditionType.Ready, "True Running");
        assertThat(run(name).getStatus().restarts())
                .as("a suspension is no failure")
                .isZero();
    }

    private void assertCondition(String name, ConditionType type, String statusAndReason) {
        assertThat(Conditions.find(run(name).getStatus().conditions(), type))
                .hasValueSatisfying(condition -> assertThat(condition.getStatus() + " " + condition.getReason())
                        .isEqualTo(statusAndReason));
    }
}
