package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// `activeDeadlineSeconds` and `ttlSecondsAfterFinished` against a real API server.
class TimeLimitsIT extends OperatorCase {
    private static final String COMPLETE = """
        {"exitCode":0,"reason":"COMPLETE","retryable":true,"step":20,"policyVersion":21,"message":"trained"}""";

    @Test
    void aRunThatHasNotEndedAtItsDeadlineFailsAndFreesItsPods() {
        user.resource(TestRuns.with("late", namespace, "activeDeadlineSeconds: 600"))
                .create();
        kubelet.run("late-learner-0-1");
        kubelet.run("late-engine-0-1");
        awaitReason("late", "Running");
        Instant start = Instant.parse(run("late").getStatus().startTime());
        long limit = secondsSince(start) + 3;

        edit("late", "{\"spec\":{\"activeDeadlineSeconds\":%d}}".formatted(limit));
        awaitReason("late", "DeadlineExceeded");
        var status = run("late").getStatus();
        assertThat(Instant.parse(status.completionTime())).isAfterOrEqualTo(start.plusSeconds(limit));
        assertThat(Conditions.find(status.conditions(), ConditionType.Failed)).hasValueSatisfying(failed -> {
            assertThat(failed.getStatus()).isEqualTo("True");
            assertThat(failed.getMessage()).contains("activeDeadlineSeconds (%d)".formatted(limit));
        });
        assertThat(Conditions.isTrue(status.conditions(), ConditionType.Stalled))
                .isTrue();
        await().untilAsserted(() -> assertThat(kubelet.names()).isEmpty());
        assertThat(user.persistentVolumeClaims()
                        .inNamespace(namespace)
                        .withName("late-store")
                        .get())
                .isNotNull();
    }

    @Test
    void theTimeOfASuspendedRunStandsStill() {
        user.resource(TestRuns.with("paused", namespace, "activeDeadlineSeconds: 600"))
                .create();
        kubelet.run("paused-engine-0-1");
        kubelet.run("paused-learner-0-1");
        awaitReason("paused", "Running");
        Instant start = Instant.parse(run("paused").getStatus().startTime());
        edit("paused", "{\"spec\":{\"suspend\":true}}");
        awaitReason("paused", "Suspended");
        assertThat(run("paused").getStatus().startTime()).isNull();

        await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(start.plusSeconds(4)));
        edit("paused", "{\"spec\":{\"activeDeadlineSeconds\":3}}");
        await().untilAsserted(() ->
                assertThat(run("paused").getStatus().observedGeneration()).isEqualTo(3));
        awaitReason("paused", "Suspended");

        Instant resumed = Instant.now();
        edit("paused", "{\"spec\":{\"suspend\":false}}");
        awaitReason("paused", "DeadlineExceeded");
        Instant second = Instant.parse(run("paused").getStatus().startTime());
        assertThat(second).isAfterOrEqualTo(resumed);
        assertThat(Instant.parse(run("paused").getStatus().completionTime())).isAfterOrEqualTo(second.plusSeconds(3));
    }

    @Test
    void aRunThatHasEndedIsPastNoDeadline() {
        user.resource(TestRuns.with("punctual", namespace, "activeDeadlineSeconds: 600"))
                .create();
        kubelet.run("punctual-engine-0-1");
        kubelet.end("punctual-learner-0-1", 0, COMPLETE);
        awaitReason("punctual", "Complete");
        Instant start = Instant.parse(run("punctual").getStatus().startTime());
        await().until(() -> Instant.now().isAfter(start.plusSeconds(1)));

        edit("punctual", "{\"spec\":{\"activeDeadlineSeconds\":1}}");
        await().untilAsserted(() ->
                assertThat(run("punctual").getStatus().observedGeneration()).isEqualTo(2));
        awaitReason("punctual", "Complete");
    }

    @Test
    void aRunIsDeletedWhenItsTimeAfterTheEndIsOver() {
        user.resource(TestRuns.with("gone", namespace, "ttlSecondsAfterFinished: 600"))
                .create();
        kubelet.run("gone-engine-0-1");
        kubelet.end("gone-learner-0-1", 0, COMPLETE);
        awaitReason("gone", "Complete");
        Instant end = Instant.parse(run("gone").getStatus().completionTime());
        long limit = secondsSince(end) + 3;

        edit("gone", "{\"spec\":{\"ttlSecondsAfterFinished\":%d}}".formatted(limit));
        await("the run is deleted")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> run("gone") == null);
        assertThat(Instant.now()).isAfterOrEqualTo(end.plusSeconds(limit));
    }

    @Test
    void aFailedRunIsDeletedTooAndOneWithoutALimitStays() {
        for (String name : new String[] {"failed", "kept"}) {
            user.resource(TestRuns.plain(name, namespace)).create();
            kubelet.end(name + "-learner-0-1", 78, "");
            awaitReason(name, "ConfigurationError");
        }

        edit("failed", "{\"spec\":{\"ttlSecondsAfterFinished\":0}}");
        await().atMost(Duration.ofSeconds(20)).until(() -> run("failed") == null);
        assertThat(run("kept")).isNotNull();
    }

    private static long secondsSince(Instant time) {
        return Duration.between(time, Instant.now()).toSeconds();
    }
}
