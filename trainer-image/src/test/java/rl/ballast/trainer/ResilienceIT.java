package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.recipe.OnUnknownRoute;
import rl.ballast.protocol.recipe.ReplayChoice;
import rl.ballast.protocol.recipe.ReplaySpec;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.KillAt;
import rl.ballast.trainer.fixture.MemoryFolder;
import rl.ballast.trainer.fixture.TestRun;

/// What a learner survives.
class ResilienceIT {
    @TempDir(factory = MemoryFolder.class)
    Path folder;

    private TestRun run;

    @BeforeEach
    void run() {
        run = new TestRun(folder);
        run.coldStartUpdates = 2;
        run.steps = 2;
    }

    @Test
    void lostRequestsAreRepeatedWithTheSameSeedsAndChangeNothing() {
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "broken";
        try (var first = new FakeEngine(run.layout().root(), TestRun.UID);
                var second = new FakeEngine(run.layout().root(), TestRun.UID)) {
            first.breakOff.set(5);
            second.breakOff.set(3);
            run.start(false, first, second);
            assertThat(run.metrics()).isEqualTo(expected);
            List<GenerateRequest> all = new java.util.ArrayList<>(first.answered);
            all.addAll(second.answered);
            assertThat(first.breakOff.get()).as("some were lost").isLessThan(5);
            assertThat(all.stream().map(GenerateRequest::requestId)).doesNotHaveDuplicates();
        }
    }

    @Test
    void anEngineThatComesBackEmptyIsToldTheVersionAgain() {
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "forgetful";
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = (phase, step, part) -> {
                if (phase == Phase.GENERATE && step == 2) {
                    engine.forget();
                }
            };
            run.start(false, engine);
            assertThat(run.metrics()).isEqualTo(expected);
        }
    }

    @Test
    void enginesThatJoinAndLeaveTakeTheirShareAndChangeNothing() {
        run.steps = 4;
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "scaled";
        try (var first = new FakeEngine(run.layout().root(), TestRun.UID);
                var second = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = (phase, step, part) -> {
                if (phase == Phase.GENERATE && step == 2) {
                    run.scale(first, second);
                } else if (phase == Phase.GENERATE && step == 4) {
                    run.scale(second);
                }
            };
            run.startFromFile(first);
            assertThat(run.metrics()).isEqualTo(expected);
            assertThat(stepsTrained(first)).containsExactly(1, 2, 3);
            // In step 2 it may still be busy with the weights that it is told of then.
            assertThat(stepsTrained(second)).contains(3, 4).isSubsetOf(2, 3, 4);
        }
    }

    private static Set<Integer> stepsTrained(FakeEngine engine) {
        return engine.answered.stream()
                .filter(request -> request.step() > 0)
                .map(GenerateRequest::step)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void weightsThatAnEngineTakesOnlyLaterDoNotEndTheRun() {
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "late";
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            engine.refuseWeights.set(2);
            run.start(false, engine);
            assertThat(run.metrics()).isEqualTo(expected);
        }
    }

    @Test
    void seedsOfAGroupAreDistinctAndDifferBetweenSteps() {
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.start(false, engine);
            long[] seeds = engine.answered.stream()
                    .filter(request -> request.step() > 0)
                    .flatMapToLong(request -> Arrays.stream(request.seeds()))
                    .toArray();
            assertThat(seeds).hasSize(2 * 4 * 4).doesNotHaveDuplicates();
        }
    }

    @Test
    void aStopKeepsWhatIsFinishedAndResumeGoesOn() {
        run.checkpointEvery = 5;
        run.steps = 4;
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "stopped";
        run.phases = (phase, step, part) -> {
            if (phase == Phase.GENERATE && step == 3) {
                run.stop.request();
            }
        };
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            assertThatThrownBy(() -> run.start(false, engine))
                    .satisfies(failure -> assertThat(ExitCodes.of(failure)).isEqualTo(ExitCode.STOPPED));
            assertThat(run.layout().checkpoint(2)).exists();
            run.stop = new StopSignal();
            run.phases = Phase.Listener.NONE;
            run.start(true, engine);
        }
        assertThat(run.metrics()).isEqualTo(expected);
    }

    @Test
    void unknownRoutesGoToTheLiveRouterOrDropTheSampleAsDeclared() {
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
        for (OnUnknownRoute policy : List.of(OnUnknownRoute.LiveRouter, OnUnknownRoute.DropSample)) {
            run.store = policy.name();
            run.replay = new ReplaySpec(policy, 0.5);
            try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
                engine.unknownCells = 1;
                run.start(false, engine);
            }
            JsonNode line = run.line(1);
            assertThat(line.at("/replay/unknown/PREEMPTED").asInt()).isEqualTo(32);
            assertThat(line.at("/replay/coverage").asDouble()).isBetween(0.5, 0.999);
            assertThat(line.at("/tokens/trained").asInt() > 0).isEqualTo(policy == OnUnknownRoute.LiveRouter);
        }
    }

    @Test
    void routesAreComparedAlsoWithoutReplay() {
        trained("none");
        JsonNode replay = run.line(1).get("replay");
        assertThat(replay.get("mode").asText()).isEqualTo("NONE");
        assertThat(replay.at("/disagreement/cells").asInt()).isPositive();
        assertThat(replay.at("/consumed").asInt()).isZero();
    }

    @Test
    void enginesThatRecordNoRoutesAreNotAskedForThem() {
        run.captureRoutes = false;
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R2);
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            engine.captureRoutes = false;
            run.start(false, engine);
        }
        JsonNode replay = run.line(2).get("replay");
        assertThat(replay.get("mode").asText()).isEqualTo("R2");
        assertThat(replay.at("/consumed").asInt()).as("R2 replays its own").isPositive();
        assertThat(replay.has("coverage")).isFalse();
        assertThat(replay.has("disagreement")).isFalse();
        assertThat(run.layout().root().resolve("traces")).doesNotExist();
    }

    @Test
    void r2ReplaysItsOwnRoutesInTheUpdatesOnly() {
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R2);
        trained("r2");
        JsonNode replay = run.line(1).get("replay");
        assertThat(replay.get("mode").asText()).isEqualTo("R2");
        assertThat(replay.get("consumed").asLong())
                .isEqualTo(replay.get("cells").asLong());
        assertThat(run.line(1).has("engineMismatchLive")).isFalse();
    }

    @Test
    void judgedRolloutsOfADiscardedLineageAreReportedAndKept() throws IOException {
        run.steps = 3;
        run.checkpointEvery = 3;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = (phase, step, part) -> {
                if (phase == Phase.PROXIMAL && step == 2) {
                    throw new KillingError();
                }
            };
            assertThatThrownBy(() -> run.start(false, engine)).isInstanceOf(KillingError.class);
            // The weights that step 2 was sampled from come out differently: as with several compute threads.
            Path judged = run.layout().rollouts(2);
            String text = Files.readString(judged);
            Files.writeString(judged, text.replaceFirst("\"weights\":\"\\w+\"", "\"weights\":\"other\""));
            run.phases = Phase.Listener.NONE;
            run.start(true, engine);
        }
        assertThat(run.layout().rollouts().resolve("dropped")).isDirectoryContaining("glob:**step-000002-v000002*");
        assertThat(run.layout().events()).content().contains("RolloutsDropped").contains("step 2: 4 judged groups");
        assertThat(run.metrics()).containsOnlyKeys(0, 1, 2, 3);
    }

    @Test
    void aRunThatAdoptsTrainsWhatAnEarlierOneJudged() throws IOException {
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "adopted";
        String judged;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = (phase, step, part) -> {
                if (phase == Phase.PROXIMAL && step == 2) {
                    throw new KillingError();
                }
            };
            assertThatThrownBy(() -> run.start(false, engine)).isInstanceOf(KillingError.class);
            judged = Files.readString(run.layout().rollouts(2));
        }
        run.uid = "uid-2";
        run.phases = Phase.Listener.NONE;
        try (var engine = new FakeEngine(run.layout().root(), run.uid)) {
            run.start(true, engine);
            assertThat(stepsTrained(engine)).isEmpty();
        }
        assertThat(run.layout().rollouts(2)).hasContent(judged);
        assertThat(run.layout().rollouts().resolve("dropped")).doesNotExist();
        assertThat(run.metrics()).isEqualTo(expected);
    }

    private static final class KillingError extends Error {}

    @Test
    void tornLinesAndLeftoversOfACrashAreCleaned() throws IOException {
        run.steps = 3;
        Map<Integer, JsonNode> expected = trained("calm");
        run.store = "torn";
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.phases = new KillAt(Integer.MAX_VALUE);
            run.steps = 2;
            run.start(false, engine);
            Files.writeString(run.layout().metrics(), "{\"step\": 3, \"epo", StandardOpenOption.APPEND);
            Files.createDirectories(run.layout().checkpoints().resolve(".step-000003.partial-1-1"));
            Files.createDirectories(run.layout().weights().resolve(".v000004.partial-1-2"));
            Files.writeString(run.layout().rollouts().resolve(".step-000003.jsonl.partial-1-3"), "{");
            Files.writeString(run.layout().current(), "v000002\n");
            run.steps = 3;
            run.start(true, engine);
        }
        assertThat(run.line(3)).isEqualTo(expected.get(3));
        assertThat(run.layout().current()).content().startsWith("v000004");
        for (Path place : List.of(
                run.layout().checkpoints(), run.layout().weights(), run.layout().rollouts())) {
            try (var entries = Files.list(place)) {
                assertThat(entries.map(entry -> entry.getFileName().toString()).collect(Collectors.joining(" ")))
                        .doesNotContain("partial");
            }
        }
    }

    private Map<Integer, JsonNode> trained(String store) {
        run.store = store;
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.start(false, engine);
            return run.metrics();
        }
    }
}
