package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.recipe.ReplayChoice;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.protocol.store.PublishedWeights;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.checkpoint.Checkpoints;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.KillAt;
import rl.ballast.trainer.fixture.MemoryFolder;
import rl.ballast.trainer.fixture.TestRun;
import rl.ballast.trainer.rollouts.JudgedFile;

/// Kills the learner on entering every phase and resumes it: metrics and weights must equal those of a run that was
/// never stopped, nothing judged may be lost or trained twice, no version may be used twice.
class CrashRecoveryIT {
    @TempDir(factory = MemoryFolder.class)
    Path folder;

    private TestRun run;

    @BeforeEach
    void run() {
        run = new TestRun(folder);
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
    }

    @Test
    void aRunKilledOnEnteringAnyPhaseGoesOnAsIfItWereNot() throws IOException {
        Outcome expected = uninterrupted();
        for (int phase = 0; phase < expected.phases().size(); phase++) {
            Outcome found = killedAt(List.of(phase), "kill-" + phase);
            assertSame(
                    found, expected, "killed on entering " + expected.phases().get(phase));
        }
    }

    @Test
    void aRunKilledAgainAndAgainGoesOnAsIfItWereNot() throws IOException {
        Outcome expected = uninterrupted();
        var random = new SplittableRandom(5);
        for (int round = 0; round < 6; round++) {
            var kills = new ArrayList<Integer>();
            for (int i = 0; i < 6; i++) {
                kills.add(1 + random.nextInt(8));
            }
            assertSame(killedAt(kills, "round-" + round), expected, "killed at phases " + kills);
        }
    }

    /// Up to five steps are trained again: on the rollouts that are on disk, though the versions that they were sampled
    /// from are gone by then.
    @Test
    void withRareCheckpointsTheWeightsAndMetricsAreTheSameToo() throws IOException {
        run.checkpointEvery = 5;
        run.steps = 7;
        Outcome expected = uninterrupted();
        Map<Integer, String> rollouts = rollouts();
        for (int phase = expected.phases().size() / 3; phase < expected.phases().size(); phase += 2) {
            Outcome found = killedAt(List.of(phase), "rare-" + phase);
            String where = "killed on entering " + expected.phases().get(phase);
            assertThat(withoutVersions(found.metrics())).as(where).isEqualTo(withoutVersions(expected.metrics()));
            assertThat(found.weights()).as(where).isEqualTo(expected.weights());
            assertThat(rollouts()).as(where).isEqualTo(rollouts);
            assertThat(run.layout().rollouts().resolve("dropped")).as(where).doesNotExist();
            assertTrainedOnceAlongTheLineage(where);
            assertVersionsAreUsedOnce();
        }
    }

    @Test
    void aRunStoppedInAnyPhaseLosesNoFinishedStep() throws IOException {
        run.checkpointEvery = 5;
        run.steps = 4;
        Outcome expected = uninterrupted();
        for (int phase = expected.phases().size() / 4; phase < expected.phases().size(); phase++) {
            Outcome found = stoppedAt(phase, "stop-" + phase);
            assertSame(
                    found, expected, "stopped on entering " + expected.phases().get(phase));
        }
    }

    private record Outcome(Map<Integer, JsonNode> metrics, byte[] weights, List<String> phases) {}

    private Outcome uninterrupted() throws IOException {
        return killedAt(List.of(), "uninterrupted");
    }

    /// Starts the learner, kills it at each of these phases of one start after the other, then lets it run
    /// to its end.
    private Outcome killedAt(List<Integer> kills, String store) throws IOException {
        run.store = store;
        var phases = new KillAt(Integer.MAX_VALUE);
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            for (int i = 0; i < kills.size(); i++) {
                run.phases = new KillAt(kills.get(i));
                boolean resume = i > 0 && used();
                assertThatThrownBy(() -> run.start(resume, engine)).isInstanceOf(KillAt.Killed.class);
            }
            run.phases = phases;
            run.start(used(), engine);
        }
        return new Outcome(run.metrics(), weights(), phases.seen());
    }

    /// Asks the learner to stop when it enters a phase, then lets it run to its end.
    private Outcome stoppedAt(int phase, String store) throws IOException {
        run.store = store;
        var phases = new KillAt(Integer.MAX_VALUE);
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = (entered, step, part) -> {
                phases.entered(entered, step, part);
                if (phases.seen().size() == phase + 1) {
                    run.stop.request();
                }
            };
            try {
                run.start(false, engine);
            } catch (LearnerFailure stopped) {
                assertThat(stopped.exitCode()).as(store).isEqualTo(ExitCode.STOPPED);
            }
            run.stop = new StopSignal();
            run.phases = Phase.Listener.NONE;
            run.start(true, engine);
        }
        return new Outcome(run.metrics(), weights(), phases.seen());
    }

    /// Whether there is something to resume; without, the learner starts afresh.
    private boolean used() {
        return new Checkpoints(run.layout()).newest().isPresent()
                || !new PublishedWeights(run.layout()).versions().isEmpty();
    }

    private byte[] weights() throws IOException {
        return Files.readAllBytes(run.layout().checkpoint(run.steps).resolve("weights.safetensors"));
    }

    private void assertSame(Outcome found, Outcome expected, String where) throws IOException {
        assertThat(found.metrics()).as(where).isEqualTo(expected.metrics());
        assertThat(found.weights()).as(where).isEqualTo(expected.weights());
        assertThat(run.layout().rollouts().resolve("dropped")).as(where).doesNotExist();
        assertTrainedOnce(where);
        assertVersionsAreUsedOnce();
    }

    /// Every judged step was judged once and stands in the metrics with the version that it was sampled
    /// from.
    private void assertTrainedOnce(String where) {
        for (int step = 1; step <= run.steps; step++) {
            var header = JudgedFile.read(run.layout().rollouts(step)).header();
            JsonNode line = run.line(step);
            assertThat(line.get("policyVersion").asLong()).as(where).isEqualTo(header.policyVersion());
        }
        var perStep = new HashMap<Integer, Integer>();
        JsonLines.read(run.layout().metrics())
                .objects()
                .forEach(line -> perStep.merge(line.get("step").asInt(), 1, Integer::sum));
        assertThat(perStep.values()).as(where).containsOnly(1);
    }

    /// The line that counts of every step is that of the start whose training the final weights hold.
    private void assertTrainedOnceAlongTheLineage(String where) {
        var lineage = new Checkpoints(run.layout())
                .state(run.layout().checkpoint(run.steps))
                .lineage();
        var epochs = new TreeMap<Integer, Long>();
        JsonLines.read(run.layout().metrics())
                .objects()
                .forEach(line ->
                        epochs.put(line.get("step").asInt(), line.get("epoch").asLong()));
        for (int step = 1; step <= run.steps; step++) {
            int trained = step;
            long epoch = lineage.stream()
                    .filter(start -> start.step() < trained)
                    .mapToLong(CheckpointState.Start::epoch)
                    .max()
                    .orElseThrow();
            assertThat(epochs.get(step)).as("%s, step %d", where, step).isEqualTo(epoch);
        }
    }

    /// What was sampled and how it was judged, by step, without the numbers of versions and what depends on them.
    private Map<Integer, String> rollouts() throws IOException {
        var rollouts = new TreeMap<Integer, String>();
        for (int step = 1; step <= run.steps; step++) {
            String text = Files.readString(run.layout().rollouts(step));
            rollouts.put(
                    step,
                    text.substring(text.indexOf('\n'))
                            .replaceAll("v\\d{6}|\"policyVersion\":\\d+|\"sha256\":\"\\w+\"", "v"));
        }
        return rollouts;
    }

    private void assertVersionsAreUsedOnce() throws IOException {
        var published = new PublishedWeights(run.layout());
        var bySteps = new TreeMap<Long, Integer>();
        for (PolicyVersion version : published.versions()) {
            String manifest = Files.readString(run.layout().weights(version).resolve("manifest.json"));
            JsonNode node = new ObjectMapper().readTree(manifest);
            assertThat(node.get("version").asLong()).isEqualTo(version.value());
            bySteps.put(version.value(), node.get("step").asInt());
        }
        assertThat(bySteps.lastEntry().getValue()).isEqualTo(run.steps);
        assertThat(published.current()).contains(published.versions().getLast());
    }

    private static Map<Integer, JsonNode> withoutVersions(Map<Integer, JsonNode> metrics) {
        metrics.values().forEach(line -> ((ObjectNode) line).remove("policyVersion"));
        return metrics;
    }
}
