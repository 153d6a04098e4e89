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

    @Test
    void whatARunLosesIsAnEvent() {
        try (FakeLearner learner = new FakeLearner("127.0.0.17")) {
            user.resource(TestRuns.plain("one", namespace)).create();
            kubelet.run("one-engine-0-1");
            learner.trains(3, 4);
            kubelet.run("one-learner-0-1", learner.ip());
            awaitEvents("Running");
            await().untilAsserted(
                            () -> assertThat(run("one").getStatus().step()).isEqualTo(3));

            kubelet.end("one-engine-0-1", 137, "");
            awaitEvents("Running", "WaitingForEngines");
            kubelet.run("one-engine-0-2");
            awaitEvents("Running", "WaitingForEngines", "Running");

            kubelet.silence("one-learner-0-1");
            awaitEvents("Running", "WaitingForEngines", "Running", "Starting");
            assertThat(message("one")).isEqualTo("the learner does not answer; step 3 is the last that is known");
            kubelet.run("one-learner-0-1", learner.ip());
            awaitEvents("Running", "WaitingForEngines", "Running", "Starting", "Running");
        }
    }

    @Test
    void routesThatGoMissingAreAnEventEachTimeThatTheyDo() {
        try (FakeLearner learner = new FakeLearner("127.0.0.18")) {
            user.resource(TestRuns.plain("one", namespace)).create();
            kubelet.run("one-engine-0-1");
            learner.trains(1, 2);
            kubelet.run("one-learner-0-1", learner.ip());
            awaitEvents("Running");

            covers(learner, 2, 0.5);
            awaitEvents("Running", "RoutesMissing");
            covers(learner, 3, 0.25);
            covers(learner, 4, 1.0);
            covers(learner, 5, 0.5);
            awaitEvents("Running", "RoutesMissing", "RoutesMissing");
            assertThat(events().getLast().getType()).isEqualTo("Warning");
            assertThat(events().getLast().getNote()).startsWith("coverage 0.5000");

            kubelet.end(
                    "one-learner-0-1",
                    67,
                    WORD.formatted(67, "ROUTES_MISSING", "too few").replace("true", "false"));
            awaitReason("one", "RoutesMissing");
            awaitEvents("Running", "RoutesMissing", "RoutesMissing", "RoutesMissing");
        }
    }

    private void covers(FakeLearner learner, int step, double share) {
        learner.says("""
                {"phase": "generate", "step": %d, "steps": 20, "epoch": 1, "policyVersion": %d,
                 "engines": {"served": %d, "reporting": 1, "known": 1}, "replay": {"mode": "R3", "coverage": %s}}""".formatted(step, step + 1, step + 1, share));
        await("step " + step)
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(run("one").getStatus().step()).isEqualTo(step));
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
