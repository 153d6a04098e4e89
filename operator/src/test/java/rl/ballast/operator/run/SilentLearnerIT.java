package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.cluster.FakeLearner;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;

/// A learner whose endpoint takes calls and never answers holds up neither another run nor its own.
class SilentLearnerIT extends OperatorCase {
    private static final Duration PROMPTLY = Duration.ofSeconds(10);

    /// One look lasts as long as the test: whoever waits for a silent learner waits for longer than a minute.
    @Override
    protected OperatorSettings settings() {
        return TestSettings.with(Map.of("ballast.progress.timeout", "90s"));
    }

    @Test
    void otherRunsAndItsOwnPodsAreFollowedPromptly() {
        try (FakeLearner silent = new FakeLearner("127.0.0.12");
                FakeLearner answering = new FakeLearner("127.0.0.13")) {
            silent.hang();
            start("silent", silent);
            start("other", answering);
            await().atMost(Duration.ofSeconds(20)).until(() -> silent.asked() > 0);

            for (int step = 1; step <= 3; step++) {
                int expected = step;
                answering.trains(step, step + 1);
                await("step " + step)
                        .atMost(PROMPTLY)
                        .untilAsserted(() ->
                                assertThat(run("other").getStatus().step()).isEqualTo(expected));
            }

            kubelet.end("silent-engine-0-1", 137, "");
            kubelet.await("silent-engine-0-2");
            awaitReason("silent", "WaitingForEngines");
            kubelet.run("silent-engine-0-2");
            awaitReason("silent", "Running");
            kubelet.end("silent-learner-0-1", 75, "");
            kubelet.run("silent-learner-0-2", silent.ip());
            awaitReason("silent", "Running");
            assertThat(run("silent").getStatus().restarts()).isEqualTo(1);
            assertThat(run("silent").getStatus().policyVersion()).isNull();
            assertThat(condition("silent", ConditionType.WeightsCurrent))
                    .as("nothing is known")
                    .isEmpty();
            assertThat(condition("silent", ConditionType.TracesHealthy)).isEmpty();
            assertThat(condition("other", ConditionType.WeightsCurrent)).isEqualTo("True Current");
            assertThat(silent.asked()).as("nobody asks twice at once").isLessThanOrEqualTo(2);

            silent.trains(7, 8);
            silent.goOn();
            await("the learner is heard when it answers")
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(run("silent").getStatus().step()).isEqualTo(7));
        }
    }

    private String condition(String name, ConditionType type) {
        return Observation.condition(run(name).getStatus(), type);
    }

    private void start(String name, FakeLearner learner) {
        user.resource(TestRuns.plain(name, namespace)).create();
        kubelet.run(name + "-engine-0-1");
        kubelet.run(name + "-learner-0-1", learner.ip());
        awaitReason(name, "Running");
    }
}
