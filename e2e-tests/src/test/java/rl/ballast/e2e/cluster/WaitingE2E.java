package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Runs that cannot go on: `kubectl describe` alone says why, and nothing is tried for ever.
@NeedsCluster
class WaitingE2E {
    /// As long as a run is watched for something that it should not do.
    private static final Duration WHILE = Duration.ofSeconds(3);

    @Test
    void aWrongModelPathFailsTheRun() {
        try (var run =
                ClusterRun.apply("quickstart", "e2e-model-path", "model={path: models/absent}", "coldStart=null")) {
            run.awaitReason("ConfigurationError");
            assertFailed(run, "ConfigurationError", "models/absent");
        }
    }

    @Test
    void podsThatFitNowhereSayWhatIsMissingAndGoOnceTheirTemplateFits() {
        try (var run = ClusterRun.apply(
                "quickstart",
                "e2e-unschedulable",
                "steps=2",
                "learner.template={spec: {nodeSelector: {example.com/gpu: absent}}}")) {
            run.awaitReady("Unschedulable:", "node affinity/selector");
            assertStays(run, "Unschedulable", "node affinity/selector");
            assertThat(Objects.requireNonNull(run.pod("learner")).getStatus().getPhase())
                    .isEqualTo("Pending");
            assertThat(run.condition("Failed").orElseThrow().getStatus()).isEqualTo("False");

            run.patch("{\"spec\": {\"learner\": {\"template\": {\"spec\": {\"nodeSelector\": null}}}}}");
            run.awaitReason("Complete");
            run.assertEveryStepOnce(2);
            assertThat(run.status().restarts()).as("waiting costs no restart").isZero();
            assertThat(run.status().epoch()).as("starts of the learner").isEqualTo(1);
        }
    }

    @Test
    void aVolumeThatIsTooSmallIsWaitedForOrRefusedWithTheArithmetic() {
        try (var run = ClusterRun.apply(
                "quickstart",
                "e2e-small-volume",
                "checkpoint.keep=50",
                "storage={volume: {size: 160Mi, storageClassName: ballast-memory}}")) {
            run.awaitReason("StoreTooSmall");
            assertStays(run, "StoreTooSmall", "51 checkpoints of 16.0 MiB", "its volume holds 160.0 MiB");
            assertThat(run.pods()).isEmpty();

            run.patch("{\"spec\":{\"storage\":{\"volume\":{\"size\":\"1200Mi\"}}}}");
            run.awaitStep(1);

            // Of this model only the fetch step can tell; of a claim that is only named, what is free counts.
            String model = "runs/%s/sources/model".formatted(run.store().root().getFileName());
            ClusterRun other = run.beside(
                    "other",
                    "model={path: %s}".formatted(model),
                    "coldStart=null",
                    "checkpoint.keep=1000",
                    "storage={claimName: quickstart-store}");
            other.awaitReason("StoreRefused");
            assertThat(other.ready()).contains("1001 checkpoints of 16.0 MiB", " free. Make room there");
        }
    }

    /// The first start was the last, and its pod stays for its log.
    private static void assertFailed(ClusterRun run, String reason, String... words) {
        Awaitility.await("engines to be freed")
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(run.pods("engine")).isEmpty());
        assertStays(run, reason, words);
        assertThat(run.pods())
                .extracting(
                        pod -> pod.getMetadata().getName(),
                        pod -> pod.getStatus().getPhase())
                .containsExactly(tuple("quickstart-learner-0-1", "Failed"));
        assertThat(run.condition("Failed").orElseThrow()).satisfies(failed -> {
            assertThat(failed.getStatus()).isEqualTo("True");
            assertThat(failed.getReason()).isEqualTo(reason);
        });
        assertThat(run.status().completionTime()).isNotNull();
    }

    /// No step, no second start of anything, one event; and a person is told all of it.
    private static void assertStays(ClusterRun run, String reason, String... words) {
        var pods = run.podIdentities();
        Awaitility.await("nothing to happen")
                .during(WHILE)
                .atMost(WHILE.multipliedBy(4))
                .untilAsserted(() -> assertThat(run.podIdentities()).isEqualTo(pods));
        assertThat(run.ready()).startsWith(reason).contains(words);
        assertThat(run.step()).isZero();
        assertThat(run.status().policyVersion()).isNull();
        assertThat(pods.keySet()).allMatch(name -> name.endsWith("-0-1"));
        assertThat(restarts(run)).isZero();
        String told = run.describe();
        assertThat(told).containsPattern("Reason: +" + reason).contains(words);
        assertThat(told.lines().filter(line -> line.matches(" *Warning +" + reason + " .*")))
                .as(told)
                .hasSize(1);
    }

    private static int restarts(ClusterRun run) {
        return run.pods().stream()
                .map(Pod::getStatus)
                .flatMap(status -> Stream.of(status.getInitContainerStatuses(), status.getContainerStatuses()))
                .flatMap(List::stream)
                .mapToInt(ContainerStatus::getRestartCount)
                .sum();
    }
}
