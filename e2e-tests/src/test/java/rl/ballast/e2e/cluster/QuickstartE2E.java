package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.protocol.PolicyVersion;

/// The file of the README, applied to a cluster.
@NeedsCluster
class QuickstartE2E {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    @Test
    void trainsToCompleteAndItsWeightsLoad() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        try (var run = ClusterRun.apply("quickstart", "e2e-quickstart", "steps=3", "data.evaluation.everySteps=3");
                var _ = run.watch(status -> said.add(words(status)))) {
            run.awaitReason("Complete");

            var status = run.status();
            assertThat(status.step()).isEqualTo(3);
            assertThat(status.policyVersion()).isEqualTo(4);
            assertThat(status.evaluationScore()).isBetween(0.0, 1.0);
            assertThat(status.restarts()).isZero();
            assertThat(status.completionTime()).isNotNull();
            assertThat(run.condition("Complete"))
                    .hasValueSatisfying(
                            complete -> assertThat(complete.getStatus()).isEqualTo("True"));
            run.assertEveryStepOnce(3);
            Awaitility.await("engines to be freed")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(run.pod("engine")).isNull());
            weightsLoad(run);
            assertThat(said.stream().dropWhile(words -> !words.contains("Complete=True")))
                    .as("what was said from the end on")
                    .isNotEmpty()
                    .allSatisfy(words -> assertThat(words)
                            .contains(
                                    "Complete=True",
                                    "Ready=True (Complete)",
                                    "step 3,",
                                    "ended " + status.completionTime()));
        }
    }

    /// What a person could read of a status.
    private static String words(RLRunStatus status) {
        String conditions = Optional.ofNullable(status.conditions()).orElse(List.of()).stream()
                .map(each -> "%s=%s (%s)".formatted(each.getType(), each.getStatus(), each.getReason()))
                .collect(Collectors.joining(", "));
        return "%s, step %s, ended %s".formatted(conditions, status.step(), status.completionTime());
    }

    private void weightsLoad(ClusterRun run) throws Exception {
        Path tokens = Files.writeString(folder.resolve("tokens.json"), "{\"sequences\": [[1, 2, 3, 4]]}");
        Path out = folder.resolve("scores.json");
        Shell.run(
                        Duration.ofMinutes(3),
                        Map.of(),
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--add-modules=jdk.incubator.vector",
                                "-cp",
                                Shell.root().resolve("cli/target/dist/lib") + "/*",
                                "rl.ballast.cli.Main",
                                "logprobs",
                                "--engine",
                                "rollout",
                                "--model",
                                run.store().weights(new PolicyVersion(4)).toString(),
                                "--tokens",
                                tokens.toString(),
                                "--out",
                                out.toString()))
                .orFail();
        assertThat(JSON.readTree(out.toFile()).at("/sequences/0/logProbs")).hasSize(3);
    }
}
