package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.settings.OperatorSettings;

/// A node that rejects engines again and again is not asked in a loop.
class EngineBackoffIT extends OperatorCase {
    private static final Duration PAUSE = Duration.ofSeconds(4);

    @Override
    protected OperatorSettings settings() {
        return TestSettings.with(Map.of("ballast.restart.first-delay", PAUSE.toSeconds() + "s"));
    }

    @Test
    void anEngineThatIsRejectedAgainWaits() {
        user.resource(TestRuns.plain("one", namespace)).create();
        kubelet.run("one-learner-0-1");
        rejected("one");

        awaitReason("one", "EngineFailing");
        assertThat(message("one")).contains("one-engine-0-2", "OutOfcpu: too few processors");
        assertThat(kubelet.names()).containsExactly("one-engine-0-2", "one-learner-0-1");
        assertPause("one");
        kubelet.run("one-engine-0-3");
        awaitReason("one", "Running");
    }

    @Test
    void anEngineOfASharedPoolWaitsToo() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("user", namespace, "shared")).create();
        kubelet.run("user-learner-0-1");
        rejected("shared");

        await().untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("EngineFailing"));
        assertPause("shared");
    }

    private void rejected(String owner) {
        kubelet.reject(owner + "-engine-0-1", "OutOfcpu", "too few processors");
        kubelet.reject(owner + "-engine-0-2", "OutOfcpu", "too few processors");
    }

    /// By the times of the pods themselves, which have whole seconds.
    private void assertPause(String owner) {
        Instant second = created(owner + "-engine-0-2");
        assertThat(created(owner + "-engine-0-3")).isAfterOrEqualTo(second.plus(PAUSE));
    }

    private Instant created(String pod) {
        return Instant.parse(kubelet.await(pod).getMetadata().getCreationTimestamp());
    }
}
