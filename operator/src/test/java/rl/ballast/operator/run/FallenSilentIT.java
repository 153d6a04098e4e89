package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.cluster.FakeLearner;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;

/// A learner that is ready by its probe and answers the operator no more, as where a network policy is in the way.
class FallenSilentIT extends OperatorCase {
    @Override
    protected OperatorSettings settings() {
        return TestSettings.with(Map.of("ballast.progress.timeout", "200ms"));
    }

    @Test
    void whatItsEnginesServeIsUnknownAndTheRestStaysAsItWas() {
        try (FakeLearner learner = new FakeLearner("127.0.0.19")) {
            user.resource(TestRuns.plain("one", namespace)).create();
            kubelet.run("one-engine-0-1");
            learner.trains(3, 4);
            kubelet.run("one-learner-0-1", learner.ip());
            awaitWeights("True Current");

            learner.hang();
            awaitWeights("Unknown NoAnswer");
            RLRunStatus status = run("one").getStatus();
            assertThat(Observation.condition(status, ConditionType.Ready)).isEqualTo("True Running");
            assertThat(Observation.condition(status, ConditionType.TracesHealthy))
                    .as("of the newest step")
                    .isEqualTo("True Covered");
            assertThat(status.step()).isEqualTo(3);
            assertThat(status.policyVersion()).isEqualTo(4);

            learner.goOn();
            awaitWeights("True Current");
            assertThat(run("one").getStatus().restarts()).isZero();
        }
    }

    private void awaitWeights(String expected) {
        await(expected)
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(Observation.condition(run("one").getStatus(), ConditionType.WeightsCurrent))
                                .isEqualTo(expected));
    }
}
