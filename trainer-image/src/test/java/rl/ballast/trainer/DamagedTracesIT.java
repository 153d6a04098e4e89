package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.recipe.ReplayChoice;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.KillAt;
import rl.ballast.trainer.fixture.MemoryFolder;
import rl.ballast.trainer.fixture.TestRun;
import rl.ballast.trainer.rollouts.JudgedFile;
import rl.ballast.trainer.rollouts.Rollout;

/// Trace files that are damaged between engine and learner.
class DamagedTracesIT {
    @TempDir(factory = MemoryFolder.class)
    Path folder;

    private TestRun run;

    @BeforeEach
    void run() {
        run = new TestRun(folder);
        run.coldStartUpdates = 2;
        run.steps = 2;
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
    }

    @Test
    void itsGroupIsReportedAndGeneratedOnceMoreAndNothingElseChanges() throws IOException {
        Map<Integer, JsonNode> expected = trained("calm", 0);
        Map<Integer, JsonNode> found;
        run.store = "damaged";
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            engine.damageTraces.set(1);
            run.start(false, engine);
            found = run.metrics();
            assertThat(times(engine, 1))
                    .as("groups of step 1 by the times they were sampled")
                    .containsExactly(1L, 1L, 1L, 1L, 1L, 1L, 1L, 2L);
        }
        assertThat(Objects.requireNonNull(found.get(1))
                        .at("/replay/corruptTraces")
                        .asInt())
                .isEqualTo(1);
        assertThat(Objects.requireNonNull(found.get(2))
                        .at("/replay/corruptTraces")
                        .asInt())
                .isZero();
        ((ObjectNode) Objects.requireNonNull(found.get(1)).get("replay")).put("corruptTraces", 0);
        assertThat(found).isEqualTo(expected);

        List<Rollout> dropped = JudgedFile.read(
                        run.layout().rollouts().resolve("dropped/step-000001-v000001-epoch-1-traces.jsonl"))
                .rollouts();
        assertThat(dropped)
                .hasSize(4)
                .extracting(Rollout::group)
                .containsOnly(dropped.getFirst().group());
        assertThat(Files.readString(run.layout().events()))
                .contains("RolloutsDropped", "TraceCorrupt", "step 1: 1 judged groups were not trained", "expected");
    }

    @Test
    void oneThatIsDamagedAgainEndsTheRun() {
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            engine.damageTraces.set(Integer.MAX_VALUE);
            assertThatThrownBy(() -> run.start(false, engine)).satisfies(failure -> {
                assertThat(ExitCodes.of(failure)).isEqualTo(ExitCode.TRACE_CORRUPT);
                assertThat(failure).hasMessageContaining("8 of 8 traces that were recorded again are damaged, too");
            });
            assertThat(times(engine, 1)).containsOnly(2L);
        }
    }

    @Test
    void aKillWhileItIsRecordedAgainLosesNothing() throws IOException {
        Map<Integer, JsonNode> expected = trained("calm", 0);
        for (Phase phase : List.of(Phase.GENERATE, Phase.JUDGE)) {
            run.store = "killed-" + phase;
            try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
                engine.damageTraces.set(1);
                var seen = new KillAt(Integer.MAX_VALUE);
                run.phases = (entered, step, part) -> {
                    if (entered == phase
                            && step == 1
                            && seen.seen().stream().anyMatch(before -> before.startsWith(phase + " step 1"))) {
                        throw new Killed();
                    }
                    seen.entered(entered, step, part);
                };
                assertThatThrownBy(() -> run.start(false, engine)).isInstanceOf(Killed.class);
                run.phases = Phase.Listener.NONE;
                run.start(true, engine);
            }
            Map<Integer, JsonNode> found = run.metrics();
            ((ObjectNode) Objects.requireNonNull(found.get(1)).get("replay")).put("corruptTraces", 0);
            assertThat(found).as("killed in the second %s", phase).isEqualTo(expected);
        }
    }

    /// A restored learner publishes the same weights under a new version, so the whole step is sampled again.
    @Test
    void oneOfAnEarlierVersionIsRecordedAgainWithItsStep() throws IOException {
        run.checkpointEvery = 5;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = (entered, step, part) -> {
                if (entered == Phase.PROXIMAL && step == 2) {
                    throw new Killed();
                }
            };
            assertThatThrownBy(() -> run.start(false, engine)).isInstanceOf(Killed.class);
            Path trace = run.layout()
                    .inside(Objects.requireNonNull(JudgedFile.read(run.layout().rollouts(1))
                                    .rollouts()
                                    .getFirst()
                                    .trace())
                            .file());
            Files.write(trace, new byte[] {1});
            run.phases = Phase.Listener.NONE;
            run.start(true, engine);
        }
        assertThat(run.line(1).at("/replay/corruptTraces").asInt()).isEqualTo(1);
        assertThat(run.line(1).get("policyVersion").asLong()).isGreaterThan(1);
        assertThat(run.metrics()).containsOnlyKeys(0, 1, 2);
    }

    private static final class Killed extends Error {}

    private Map<Integer, JsonNode> trained(String store, int damaged) {
        run.store = store;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            engine.damageTraces.set(damaged);
            run.start(false, engine);
            return run.metrics();
        }
    }

    /// How often each group of a step was sampled, in ascending order.
    private static List<Long> times(FakeEngine engine, int step) {
        return engine.answered.stream()
                .filter(request -> request.step() == step)
                .collect(Collectors.groupingBy(GenerateRequest::requestId, Collectors.counting()))
                .values()
                .stream()
                .sorted()
                .toList();
    }
}
