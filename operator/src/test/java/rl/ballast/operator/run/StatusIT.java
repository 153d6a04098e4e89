package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// What a status says over time, against a real API server.
class StatusIT extends OperatorCase {
    private static final String COMPLETE =
            "{\"exitCode\":0,\"reason\":\"COMPLETE\",\"retryable\":true,\"step\":20,\"policyVersion\":21,\"message\":\"trained\"}";

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
        List<RLRun> seen = new CopyOnWriteArrayList<>();
        try (Watch watch = user.resources(RLRun.class).inNamespace(namespace).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, RLRun run) {
                seen.add(run);
            }

            @Override
            public void onClose(WatcherException cause) {
                throw new IllegalStateException("the watch ended", cause);
            }
        })) {
            assertThat(watch).isNotNull();
            user.resource(TestRuns.plain("two", namespace)).create();
            kubelet.run("two-engine-0-1");
            kubelet.run("two-learner-0-1");
            await().untilAsserted(() -> assertThat(ready(run("two"))).isEqualTo("Running"));
            kubelet.end("two-learner-0-1", 0, COMPLETE);
            await().untilAsserted(() -> assertThat(ready(run("two"))).isEqualTo("Complete"));
            await().untilAsserted(() -> assertThat(ready(seen.getLast())).isEqualTo("Complete"));
        }

        for (ConditionType type : ConditionType.values()) {
            List<String> changes = changes(seen, type);
            assertThat(changes).as(type.name()).doesNotHaveDuplicates();
        }
        List<RLRun> written =
                seen.stream().filter(run -> run.getStatus() != null).toList();
        for (int i = 1; i < written.size(); i++) {
            assertThat(written.get(i).getStatus())
                    .isNotEqualTo(written.get(i - 1).getStatus());
        }
    }

    /// Status and reason of a condition, each time that they change.
    private static List<String> changes(List<RLRun> seen, ConditionType type) {
        List<String> changes = new java.util.ArrayList<>();
        for (RLRun run : seen) {
            if (run.getStatus() != null) {
                Conditions.find(run.getStatus().conditions(), type).ifPresent(condition -> {
                    String now = condition.getStatus() + " " + condition.getReason();
                    if (changes.isEmpty() || !changes.getLast().equals(now)) {
                        changes.add(now);
                    }
                });
            }
        }
        return changes;
    }

    private static String ready(RLRun run) {
        return run.getStatus() == null
                ? ""
                : Conditions.find(run.getStatus().conditions(), ConditionType.Ready)
                        .map(condition -> condition.getReason())
                        .orElse("");
    }
}
