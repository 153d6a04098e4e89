package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.store.PublishedWeights;
import rl.ballast.trainer.checkpoint.Checkpoints;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.LearnerProcess;
import rl.ballast.trainer.fixture.MemoryFolder;
import rl.ballast.trainer.fixture.TestRun;

/// `kill -9` of a learner process at moments that no hook chooses, between any two operations on files.
class ProcessKillIT {
    @TempDir(factory = MemoryFolder.class)
    Path folder;

    @Test
    void aProcessKilledAtRandomMomentsEndsWithTheSameRun() throws IOException, InterruptedException {
        var run = new TestRun(folder);
        run.store = "calm";
        Map<Integer, JsonNode> expected;
        long begun = System.nanoTime();
        long calm;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            assertThat(ended(LearnerProcess.start(folder, run, false, engine.url())))
                    .as(log())
                    .isZero();
            calm = System.nanoTime() - begun;
            expected = run.metrics();
        }
        byte[] weights = weights(run);
        run.store = "killed";
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            int kills = 0;
            for (int i = 0; i < 12; i++) {
                Process process = LearnerProcess.start(folder, run, used(run), engine.url());
                // However fast this machine is: a part of what the whole run takes on it.
                boolean over = process.waitFor((long) (calm * random.nextDouble(0.3, 0.9)), TimeUnit.NANOSECONDS);
                kills += over ? 0 : 1;
                process.destroyForcibly().waitFor();
            }
            assertThat(kills)
                    .as("seed %d: processes that were still running", seed)
                    .isPositive();
            assertThat(ended(LearnerProcess.start(folder, run, used(run), engine.url())))
                    .as("seed %d: %s", seed, log())
                    .isZero();
        }
        assertThat(run.metrics()).as("seed %d", seed).isEqualTo(expected);
        assertThat(weights(run)).as("seed %d", seed).isEqualTo(weights);
        assertThat(run.layout().rollouts().resolve("dropped")).doesNotExist();
    }

    private static int ended(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("process.log"));
    }

    private static boolean used(TestRun run) {
        return new Checkpoints(run.layout()).newest().isPresent()
                || !new PublishedWeights(run.layout()).versions().isEmpty();
    }

    private static byte[] weights(TestRun run) throws IOException {
        return Files.readAllBytes(run.layout().checkpoint(run.steps).resolve("weights.safetensors"));
    }
}
