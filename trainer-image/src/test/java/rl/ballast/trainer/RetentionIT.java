package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.trainer.checkpoint.Checkpoints;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.MemoryFolder;
import rl.ballast.trainer.fixture.TestRun;

/// What a run leaves in its store, and what it removes.
class RetentionIT {
    @TempDir(factory = MemoryFolder.class)
    Path folder;

    private TestRun run;

    @BeforeEach
    void run() {
        run = new TestRun(folder);
        run.coldStartUpdates = 2;
    }

    @Test
    void oldVersionsTracesAndCheckpointsAreRemovedByPolicy() {
        run.steps = 5;
        train("kept");
        assertThat(run.layout().weights(new PolicyVersion(1))).doesNotExist();
        assertThat(run.layout().weights(new PolicyVersion(5))).exists();
        assertThat(run.layout().weights(new PolicyVersion(6))).exists();
        assertThat(run.layout().traces(new PolicyVersion(4))).doesNotExist();
        assertThat(run.layout().traces(new PolicyVersion(5))).exists();
        assertThat(run.layout().checkpoint(3)).doesNotExist();
        assertThat(run.layout().checkpoint(4)).exists();
        assertThat(JsonLines.read(run.layout().coldStartMetrics()).objects()).hasSize(2);
    }

    @Test
    void oldRolloutsAreRemovedUnlessACheckpointStillNeedsThem() throws IOException {
        run.steps = 8;
        run.keepRollouts = 3;
        run.phases = (phase, step, part) -> {
            if (phase == Phase.GENERATE && step == 2) {
                // As if a step of an earlier lineage had been set aside.
                write(run.layout().rollouts().resolve("dropped/step-000001-v000001-epoch-1.jsonl"));
                write(run.layout().rollouts().resolve("dropped/step-000008-v000001-epoch-1-traces.jsonl"));
            }
        };
        train("every");
        assertThat(steps(run.layout().rollouts())).containsExactly(6, 7, 8);
        assertThat(steps(run.layout().rollouts().resolve("dropped"))).containsExactly(8);

        run.phases = Phase.Listener.NONE;
        run.checkpointEvery = 2;
        run.keepRollouts = 1;
        train("rare");
        assertThat(new Checkpoints(run.layout()).list())
                .extracting(checkpoint -> checkpoint.getFileName().toString())
                .containsExactly("step-000006", "step-000008");
        assertThat(steps(run.layout().rollouts()))
                .as("steps after the oldest checkpoint")
                .containsExactly(7, 8);
    }

    private static void write(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> steps(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> Integer.valueOf(file.getFileName().toString().substring(5, 11)))
                    .sorted()
                    .toList();
        }
    }

    /// The need of the store counts with it.
    @Test
    void judgedRolloutsTakeNoMoreRoomThanIsCountedForThem() throws IOException {
        train("sized");
        for (int step = 1; step <= run.steps; step++) {
            // 4 prompts of at most 4 tokens, 4 responses of at most 4 tokens to each.
            assertThat(Files.size(run.layout().rollouts(step))).isLessThan(16 * (512 + 4 * 8 + 4 * 30));
        }
    }

    private void train(String store) {
        run.store = store;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.start(false, engine);
        }
    }
}
