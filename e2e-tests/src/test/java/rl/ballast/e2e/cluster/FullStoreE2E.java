package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;

/// A volume that fills up under a training run, and gets room again.
@NeedsCluster
class FullStoreE2E {
    private static final int STEPS = 60;
    private static final String VOLUME = "volume: {size: 200Mi, storageClassName: ballast-memory}";

    private final Cluster cluster = Cluster.shared();

    @Test
    void aFullStoreIsReportedAndWithRoomANewRunGoesOnWithEveryJudgedStep() throws IOException {
        try (var run = ClusterRun.apply(
                "quickstart",
                "e2e-full",
                "steps=" + STEPS,
                "checkpoint={everySteps: 1, keepRollouts: %d}".formatted(STEPS),
                "storage={%s}".formatted(VOLUME))) {
            run.awaitStep(2);
            restartLimit(run, 2);
            Path foreign = run.volume().resolve("foreign");
            fill(foreign);

            run.awaitReady("RestartBudgetExhausted: 3 failures without a new step");
            assertThat(run.ready()).containsPattern("STORE_FULL|No space left on device");
            assertThat(run.describe())
                    .containsPattern("Warning\\s+RestartBudgetExhausted")
                    .containsPattern("STORE_FULL|No space left on device");
            List<JsonNode> recorded = run.metrics();
            Map<String, String> judged = judged(run);
            assertThat(judged).hasSizeGreaterThanOrEqualTo(2).hasSizeLessThan(STEPS);

            Files.delete(foreign);
            cluster.client().resource(run.get()).delete();
            Awaitility.await("the pods to go")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(run.pods()).isEmpty());
            var again = run.beside(
                    "quickstart",
                    "steps=" + STEPS,
                    "checkpoint={everySteps: 1, keepRollouts: %d}".formatted(STEPS),
                    "storage={%s, adopt: true}".formatted(VOLUME));
            again.awaitReason("Complete");
            again.assertEveryStepOnce(STEPS);
            assertThat(again.metrics()).as("recorded steps stay").startsWith(recorded.toArray(JsonNode[]::new));
            assertThat(judged(again))
                    .as("judged steps are trained as they were")
                    .containsAllEntriesOf(judged);
            assertThat(again.store().rollouts().resolve("dropped")).doesNotExist();
        }
    }

    /// Fewer failures than usual, to be sooner at the end of them.
    private void restartLimit(ClusterRun run, int limit) {
        cluster.client()
                .resources(LearnerGroup.class)
                .inNamespace(run.namespace())
                .withName("quickstart")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"restartLimit\": %d}}".formatted(limit));
    }

    /// Writes until nothing fits any more.
    private static void fill(Path file) throws IOException {
        byte[] block = new byte[1 << 16];
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left on device");
        }
    }

    /// What is on disk of every judged step.
    private static Map<String, String> judged(ClusterRun run) throws IOException {
        var steps = new TreeMap<String, String>();
        try (var files = Files.list(run.store().rollouts())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                steps.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return steps;
    }
}
