package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
            assertThat(run.condition("Complete")).hasValueSatisfying(complete -> assertThat(complete.getStatus())
                    .isEqualTo("True"));
            run.assertEveryStepOnce(3);
            assertThat(run.pods().stream()
                            .filter(pod -> "Running".equals(pod.getStatus().getPhase())))
                    .as("engines are freed")
                    .isEmpty();
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
                                "./ballast",
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
