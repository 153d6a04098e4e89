package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.FakeLearner;
import rl.ballast.operator.cluster.OperatorCase;

/// Every event of a run's life, in order: one per transition, and none for the ordinary way to the next state.
class EventsIT extends OperatorCase {
    private static final String WORD = """
        {"exitCode":%d,"reason":"%s","retryable":true,"step":20,"policyVersion":21,"message":"%s"}""";

    @Test
    void oneEventPerTransition() {
        try (FakeLearner learner = new FakeLearner("127.0.0.11")) {
            user.resource(TestRuns.with("one", namespace, "rollouts: {replicas: 2}"))
                    .create();
            kubelet.run("one-engine-0-1");
            kubelet.run("one-engine-1-1");
            kubelet.run("one-learner-0-1", learner.ip());
            awaitEvents("Running");

            kubelet.end("one-engine-1-1", 137, "");
            awaitEvents("Running", "Degraded");
            kubelet.run("one-engine-1-2");
            awaitEvents("Running", "Degraded", "Running");

            // New measurements, another operator and an edit are no transitions.
            learner.trains(3, 4);
            await().untilAsserted(
                            () -> assertThat(run("one").getStatus().step()).isEqualTo(3));
            replaceOperator();
            edit("one", "{\"spec\":{\"steps\":30}}");
            await().untilAsserted(() ->
                    assertThat(run("one").getStatus().observedGeneration()).isEqualTo(2));
            learner.trains(4, 5);
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(run("one").getStatus().step()).isEqualTo(4));

            kubelet.end("one-learner-0-1", 75, WORD.formatted(75, "UNAVAILABLE", "no engine answered"));
            kubelet.run("one-learner-0-2", learner.ip());
            awaitEvents("Running", "Degraded", "Running", "Restarting", "Running");

            edit("one", "{\"spec\":{\"steps\":20}}");
            kubelet.end("one-learner-0-2", 0, WORD.formatted(0, "COMPLETE", "trained"));
            awaitReason("one", "Complete");
            awaitEvents("Running", "Degraded", "Running", "Restarting", "Running", "Complete");
        }
        assertThat(events()).allSatisfy(event -> {
            assertThat(event.getRegarding().getUid())
                    .isEqualTo(run("one").getMetadata().getUid());
            assertThat(event.getType()).isEqualTo(event.getReason().equals("Restarting") ? "Warning" : "Normal");
        });
    }

    @Test
    void whatANodeCannotMountIsSaidOnce() {
        user.resource(TestRuns.plain("one", namespace)).create();
        kubelet.run("one-engine-0-1");
        kubelet.unmounted("one-learner-0-1", Instant.now().minusSeconds(60));

        awaitEvents("VolumesNotMounted");
        awaitReason("one", "VolumesNotMounted");
        assertThat(message("one")).startsWith("learner: ").contains("config map 'arithmetic'", "claim 'one-store'");
        assertThat(events())
                .first()
                .satisfies(event -> assertThat(event.getType()).isEqualTo("Warning"));

        edit("one", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() ->
                assertThat(run("one").getStatus().observedGeneration()).isEqualTo(2));
        kubelet.run("one-learner-0-1");
        awaitEvents("VolumesNotMounted", "Running");
    }

    private void awaitEvents(String... reasons) {
        await("events " + List.of(reasons))
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(events()).extracting(Event::getReason).containsExactly(reasons));
    }

    private List<Event> events() {
        return user.events().v1().events().inNamespace(namespace).list().getItems().stream()
                .sorted(Comparator.comparing(event -> event.getEventTime().getTime()))
                .toList();
    }
}
