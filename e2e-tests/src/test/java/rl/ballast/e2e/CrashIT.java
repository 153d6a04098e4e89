package rl.ballast.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.trainer.checkpoint.Checkpoints;

/// Kills and interrupts real processes. Whatever happened, the run that comes out is the one that nobody disturbed:
/// the same metrics, the same weights, nothing judged lost or trained twice.
@NeedsDistribution
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashIT {
    private static final List<String> PHASES =
            List.of("cold_start", "generate", "proximal", "update", "checkpoint", "publish");

    private static final String[] RARE = {"--set", "checkpoint.everySteps=5"};

    @TempDir
    static Path folder;

    private SmallRun run;
    private Map<Integer, JsonNode> expected;
    private byte[] weights;

    @BeforeAll
    void trainUndisturbed() throws IOException, InterruptedException {
        run = new SmallRun(folder);
        try (var calm = run.start("calm")) {
            assertThat(calm.exitCode()).as(calm::output).isZero();
        }
        expected = run.metrics("calm");
        weights = weights("calm");
        assertThat(expected).containsOnlyKeys(0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(requireNonNull(expected.get(1)).at("/update/gradientNorm").asDouble())
                .as("the run learns, so that a lost or doubled step would be seen")
                .isPositive();
    }

    @AfterEach
    void nothingIsDropped() {
        for (String store : List.of("phases", "engine", "interrupted", "orphaned", "rare", "rare-stopped")) {
            assertThat(run.layout(store).rollouts().resolve("dropped")).doesNotExist();
        }
    }

    @Test
    void aLearnerKilledInEveryPhaseGoesOnAsIfItWereNot() throws IOException, InterruptedException {
        for (int kills = 0; kills < PHASES.size(); kills++) {
            String phase = PHASES.get(kills);
            try (var started = kills == 0 ? run.start("phases") : run.start("phases", "--resume")) {
                ProcessHandle engine = started.child(BallastProcess.ENGINE);
                ProcessHandle learner = started.child(BallastProcess.LEARNER);
                try (var phases = new LearnerPhases(log("phases"), kills + 1)) {
                    phases.awaitPhase(phase);
                    learner.destroyForcibly();
                }
                assertThat(started.exitCode()).as(started::output).isEqualTo(1);
                assertThat(started.output())
                        .as("killed in %s", phase)
                        .contains("the learner ended with exit code 137")
                        .contains("--resume --out " + run.store("phases"))
                        .doesNotContain("\tat ");
                assertThat(engine.isAlive()).as("engine left behind").isFalse();
            }
        }
        try (var last = run.start("phases", "--resume")) {
            assertThat(last.exitCode()).as(last::output).isZero();
        }
        assertUndisturbed("phases");
        assertTrainedOnce("phases");
    }

    @Test
    void anEngineKilledWhileItGeneratesIsReplacedAndNothingChanges() throws IOException, InterruptedException {
        try (var started = run.start("engine")) {
            ProcessHandle engine = started.child(BallastProcess.ENGINE);
            try (var phases = new LearnerPhases(log("engine"), 1)) {
                phases.await(progress -> progress.path("phase").asText().equals("generate")
                        && progress.at("/generation/step").asInt() >= 2);
                engine.destroyForcibly();
            }
            ProcessHandle second = started.child(BallastProcess.ENGINE, engine);
            assertThat(second.pid()).isNotEqualTo(engine.pid());
            assertThat(started.exitCode()).as(started::output).isZero();
            assertThat(started.output()).contains("engine-0 ended with exit code 137; starting it again");
        }
        assertUndisturbed("engine");
    }

    @Test
    void ctrlCEndsTheChildrenAndResumeGoesOn() throws IOException, InterruptedException {
        try (var started = run.start("interrupted")) {
            started.child(BallastProcess.ENGINE);
            started.child(BallastProcess.LEARNER);
            try (var phases = new LearnerPhases(log("interrupted"), 1)) {
                phases.await(progress -> progress.path("step").asInt() >= 2);
            }
            started.interrupt();
            assertThat(started.exitCode()).isEqualTo(130);
            started.awaitThatNoChildIsLeft();
            assertThat(started.output())
                    .contains("Stopped by a signal")
                    .contains("go on   ballast run")
                    .contains("--resume --out " + run.store("interrupted"))
                    .doesNotContain("\tat ");
        }
        try (var last = run.start("interrupted", "--resume")) {
            assertThat(last.exitCode()).as(last::output).isZero();
        }
        assertUndisturbed("interrupted");
    }

    /// What was trained since the last checkpoint is trained again, on what was judged then.
    @Test
    void aLearnerKilledBetweenRareCheckpointsTrainsTheSameStepsAgain() throws IOException, InterruptedException {
        Map<Integer, String> judged;
        try (var started = run.start("rare", RARE)) {
            ProcessHandle learner = started.child(BallastProcess.LEARNER);
            try (var phases = new LearnerPhases(log("rare"), 1)) {
                phases.await(progress -> progress.path("step").asInt() >= 6);
                learner.destroyForcibly();
            }
            assertThat(started.exitCode()).as(started::output).isEqualTo(1);
            judged = judged("rare");
        }
        assertThat(new Checkpoints(run.layout("rare")).newest())
                .contains(run.layout("rare").checkpoint(5));
        try (var last = run.start("rare", withResume(RARE))) {
            assertThat(last.exitCode()).as(last::output).isZero();
        }

        assertThat(withoutVersions(run.metrics("rare"))).isEqualTo(withoutVersions(run.metrics("calm")));
        assertThat(weights("rare")).isEqualTo(weights);
        assertThat(judged("rare")).as("judged steps are trained as they were").containsAllEntriesOf(judged);
        Map<Integer, List<Long>> epochs = epochs("rare");
        assertThat(epochs).containsEntry(5, List.of(1L)).containsEntry(8, List.of(2L));
        assertThat(epochs.get(6)).as("trained again; the last line counts").containsExactly(1L, 2L);
    }

    @Test
    void ctrlCBetweenRareCheckpointsLosesNoStep() throws IOException, InterruptedException {
        try (var started = run.start("rare-stopped", RARE)) {
            started.child(BallastProcess.LEARNER);
            try (var phases = new LearnerPhases(log("rare-stopped"), 1)) {
                phases.await(progress -> progress.path("step").asInt() >= 2);
            }
            started.interrupt();
            assertThat(started.exitCode()).isEqualTo(130);
            started.awaitThatNoChildIsLeft();
        }
        try (var last = run.start("rare-stopped", withResume(RARE))) {
            assertThat(last.exitCode()).as(last::output).isZero();
        }
        assertUndisturbed("rare-stopped");
        assertTrainedOnce("rare-stopped");
    }

    @Test
    void aSecondRunInTheSameFolderIsRefused() throws IOException, InterruptedException {
        try (var started = run.start("busy", "--set", "steps=2000")) {
            started.child(BallastProcess.ENGINE);
            started.child(BallastProcess.LEARNER);
            Result second = Invocation.of(run.arguments("busy", "--resume"));
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.output()).contains(run.store("busy").toString()).contains("in use by process");
            started.kill();
            started.awaitThatNoChildIsLeft();
        }
    }

    @Test
    void whenTheCommandItselfIsKilledItsChildrenEndAndResumeGoesOn() throws IOException, InterruptedException {
        try (var started = run.start("orphaned")) {
            started.child(BallastProcess.ENGINE);
            started.child(BallastProcess.LEARNER);
            try (var phases = new LearnerPhases(log("orphaned"), 1)) {
                phases.await(progress -> progress.path("step").asInt() >= 3);
            }
            started.kill();
            started.awaitThatNoChildIsLeft();
        }
        try (var last = run.start("orphaned", "--resume")) {
            assertThat(last.exitCode()).as(last::output).isZero();
        }
        assertUndisturbed("orphaned");
    }

    @Test
    void aStoreOfAnotherModelIsRefusedEvenWithResume() throws InterruptedException {
        Result result = Invocation.of(run.arguments("calm", "--resume", "--set", "model.random.seed=9"));
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).contains("model").doesNotContain("\tat ");
        assertThat(run.metrics("calm")).isEqualTo(expected);
    }

    private Path log(String store) {
        return run.store(store).resolve("logs/learner.log");
    }

    private byte[] weights(String store) throws IOException {
        return Files.readAllBytes(run.layout(store).checkpoint(8).resolve("weights.safetensors"));
    }

    private static String[] withResume(String... settings) {
        return Stream.concat(Stream.of("--resume"), Arrays.stream(settings)).toArray(String[]::new);
    }

    /// What is on disk of every judged step.
    private Map<Integer, String> judged(String store) throws IOException {
        var judged = new TreeMap<Integer, String>();
        for (int step = 1; Files.exists(run.layout(store).rollouts(step)); step++) {
            judged.put(step, Files.readString(run.layout(store).rollouts(step)));
        }
        return judged;
    }

    /// The starts that trained every step, in the order of the lines.
    private Map<Integer, List<Long>> epochs(String store) {
        var epochs = new TreeMap<Integer, List<Long>>();
        for (JsonNode line : JsonLines.read(run.layout(store).metrics()).objects()) {
            epochs.computeIfAbsent(line.path("step").asInt(), _ -> new ArrayList<>())
                    .add(line.path("epoch").asLong());
        }
        return epochs;
    }

    /// A version is never used twice: what is trained again has others.
    private static Map<Integer, JsonNode> withoutVersions(Map<Integer, JsonNode> metrics) {
        metrics.values().forEach(line -> ((ObjectNode) line).remove("policyVersion"));
        return metrics;
    }

    private void assertUndisturbed(String store) throws IOException {
        assertThat(run.metrics(store)).isEqualTo(expected);
        assertThat(weights(store)).isEqualTo(weights);
    }

    /// Every step has one line, whatever was killed: what a checkpoint holds is not trained again.
    private void assertTrainedOnce(String store) {
        assertThat(epochs(store).values())
                .allSatisfy(starts -> assertThat(starts).hasSize(1));
    }
}
