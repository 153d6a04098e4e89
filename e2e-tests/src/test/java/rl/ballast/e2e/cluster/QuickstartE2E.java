package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;

/// The file of the README, applied to a cluster.
@NeedsCluster
class QuickstartE2E {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    @Test
    void trainsToCompleteAndItsWeightsLoad() throws Exception {
        try (var run = ClusterRun.apply("quickstart", "e2e-quickstart", "steps=3", "data.evaluation.everySteps=3")) {
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
        }
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
