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
    void aFullStoreIsReportedAndWithRoomTheRunOrANewOneGoesOnWithEveryJudgedStep() throws IOException {
        try (var run = ClusterRun.apply("quickstart", "e2e-full", settings(VOLUME))) {
            run.awaitRecorded(2);
            Path foreign = run.volume().resolve("foreign");
            fill(foreign);
            Awaitility.await("a failure of the learner")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(run.status().restarts()).isPositive());
            Files.delete(foreign);
            run.awaitRecorded(run.recorded() + 2);

            restartLimit(run, 2);
            fill(foreign);

            run.awaitReady("RestartBudgetExhausted: 3 failures without a new step");
            assertThat(run.ready()).containsPattern("STORE_FULL|No space left on device");
            assertThat(run.describe())
                    .containsPattern("Warning\\s+RestartBudgetExhausted")
                    .containsPattern("STORE_FULL|No space left on device");
            List<JsonNode> recorded = run.metrics();
            Map<String, String> judged = run.judged();
            assertThat(judged).hasSizeGreaterThanOrEqualTo(2).hasSizeLessThan(STEPS);

            Files.delete(foreign);
            cluster.client().resource(run.get()).delete();
            Awaitility.await("the pods to go")
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(run.pods()).isEmpty());
            var again = run.beside("quickstart", settings(VOLUME + ", adopt: true"));
            again.awaitReason("Complete");
            again.assertEveryStepOnce(STEPS);
            assertThat(again.metrics()).as("recorded steps stay").startsWith(recorded.toArray(JsonNode[]::new));
            assertThat(again.judged())
                    .as("judged steps are trained as they were")
                    .containsAllEntriesOf(judged);
            assertThat(again.store().rollouts().resolve("dropped")).doesNotExist();
            assertThat(again.metrics().stream()
                            .filter(line -> line.path("step").asInt() > 0)
                            .map(line -> line.at("/replay/coverage").asDouble()))
                    .as("no route is missing")
                    .containsOnly(1.0);
        }
    }

    /// Routes are replayed, so that the engines write to the store, too.
    private static String[] settings(String storage) {
        return new String[] {
            "steps=" + STEPS,
            "recipe.onPolicy=null",
            "recipe.offPolicy={miniBatchesPerStep: 2, replay: R3}",
            "checkpoint={everySteps: 1, keepRollouts: %d}".formatted(STEPS),
            "storage={%s}".formatted(storage)
        };
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
}
