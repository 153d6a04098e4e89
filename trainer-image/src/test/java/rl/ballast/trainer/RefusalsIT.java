package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.recipe.OnUnknownRoute;
import rl.ballast.protocol.recipe.ReplayChoice;
import rl.ballast.protocol.recipe.ReplaySpec;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.Epochs;
import rl.ballast.protocol.store.StoreLock;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.FakePolicy;
import rl.ballast.trainer.fixture.MemoryFolder;
import rl.ballast.trainer.fixture.TestRun;

/// What stops a learner, with which exit code and which words.
class RefusalsIT {
    @TempDir(factory = MemoryFolder.class)
    Path folder;

    private TestRun run;
    private FakeEngine engine;

    @BeforeEach
    void start() {
        run = new TestRun(folder);
        run.coldStartUpdates = 2;
        run.steps = 1;
        engine = new FakeEngine(run.layout().root(), TestRun.UID);
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void aFolderWithARunNeedsResume() {
        run.start(false, engine);
        refused(() -> run.start(false, engine), ExitCode.STORE_REFUSED, "--resume");
    }

    @Test
    void aFolderOfAnotherRunIsRefusedAndAdoptedByResume() {
        run.start(false, engine);
        run.uid = "uid-2";
        refused(() -> run.start(false, engine), ExitCode.STORE_REFUSED, "uid-1", "uid-2");
        run.start(true, engine);
        assertThat(run.layout().events()).content().contains("Adopted").contains("uid-2");
    }

    @Test
    void aFolderOfAnotherModelIsRefusedEvenWithResume() throws IOException {
        run.start(false, engine);
        TestRun.writeModel(run.modelFolder(), 4);
        refused(() -> run.start(true, engine), ExitCode.STORE_REFUSED, "modelDigest", "another model");
    }

    @Test
    void aFolderInUseIsRefused() {
        try (var lock = StoreLock.take(run.layout())) {
            assertThat(lock).isNotNull();
            refused(() -> run.start(false, engine), ExitCode.STORE_REFUSED, "in use");
        }
    }

    @Test
    void aReplacedLearnerStopsBeforeItMovesAnything() {
        for (Phase at : new Phase[] {Phase.CHECKPOINT, Phase.PUBLISH, Phase.ANNOUNCE, Phase.GENERATE, Phase.RECORD}) {
            run.store = "replaced-" + at;
            var taken = new boolean[1];
            run.phases = (phase, step, part) -> {
                if (phase == at && !taken[0]) {
                    taken[0] = true;
                    Epochs.of(run.layout()).next();
                }
            };
            try (var own = new FakeEngine(run.layout().root(), TestRun.UID)) {
                refused(() -> run.start(false, own), ExitCode.REPLACED, "epoch 1", "epoch 2");
            }
            assertThat(taken[0]).isTrue();
        }
    }

    @Test
    void aLearnerThatIsReplacedWhileItPublishesSaysSo() {
        var publishing = new boolean[1];
        run.phases = (phase, _, _) -> publishing[0] = phase == Phase.PUBLISH;
        run.policies = (_, model, parameters) -> {
            var policy = new FakePolicy(model, parameters);
            policy.scoring = () -> {
                if (publishing[0]) {
                    Epochs.of(run.layout()).next();
                }
            };
            return policy;
        };
        refused(() -> run.start(false, engine), ExitCode.REPLACED, "epoch 1", "epoch 2");
    }

    @Test
    void aLearnerThatTheEnginesKnowAsReplacedStops() {
        run.start(false, engine);
        run.store = "other";
        try (var newer = new FakeEngine(run.layout().root(), TestRun.UID)) {
            newer.seeEpoch(9);
            refused(() -> run.start(false, newer), ExitCode.REPLACED, "epoch 9");
        }
    }

    @Test
    void lagIsNotSupportedYet() {
        run.maxPolicyLag = 1;
        refused(() -> run.start(false, engine), ExitCode.CONFIGURATION, "staleness.maxPolicyLag", "not supported yet");
    }

    @Test
    void aPortInUseIsAConfigurationError() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            run.port = socket.getLocalPort();
            refused(() -> run.start(false, engine), ExitCode.CONFIGURATION, "" + run.port, "in use");
        }
    }

    @Test
    void aPromptThatLeavesNoRoomForAnAnswerNamesItsLine() throws IOException {
        Files.writeString(
                run.file("prompts.jsonl"), "{\"prompt\": \"%s\", \"answer\": \"1\"}\n".formatted("1".repeat(32)));
        refused(() -> run.start(false, engine), ExitCode.CONFIGURATION, "prompts.jsonl:1", "33 tokens", "32");
    }

    @Test
    void anEmptyPromptsFileIsRefused() throws IOException {
        Files.writeString(run.file("prompts.jsonl"), "\n");
        assertThatThrownBy(() -> run.start(false, engine)).hasMessageContaining("prompts.jsonl");
    }

    @Test
    void noEngineWithinThePatienceIsUnavailable() {
        String dead;
        try (var gone = new FakeEngine(run.layout().root(), TestRun.UID)) {
            dead = gone.url();
        }
        run.patience = Duration.ofMillis(300);
        refused(() -> run.startAt(false, dead), ExitCode.UNAVAILABLE, "no engine");
    }

    @Test
    void weightsThatNoEngineTakesEndTheLearnerWithTheEnginesWords() {
        engine.refuseWeights.set(Integer.MAX_VALUE);
        refused(
                () -> run.start(false, engine),
                ExitCode.CONFIGURATION,
                "no engine takes policy version 1",
                "tensor 'x': other digest");
    }

    @Test
    void weightsThatALostEngineRefusesEndTheLearnerToo() {
        run.phases = (phase, step, part) -> {
            if (phase == Phase.GENERATE) {
                engine.forget();
                engine.refuseWeights.set(Integer.MAX_VALUE);
            }
        };
        refused(() -> run.start(false, engine), ExitCode.CONFIGURATION, "policy version", "other digest");
    }

    @Test
    void unknownRoutesStopAnR3RunThatSaysFail() {
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
        engine.unknownCells = 1;
        refused(() -> run.start(false, engine), ExitCode.ROUTES_MISSING, "unknown", "PREEMPTED", "Nothing was trained");
    }

    @Test
    void unknownRoutesBeyondTheBudgetStopWhateverThePolicy() {
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
        run.replay = new ReplaySpec(OnUnknownRoute.LiveRouter, 0.01);
        engine.unknownCells = 2;
        refused(() -> run.start(false, engine), ExitCode.ROUTES_MISSING, "maxUnknownFraction");
    }

    @Test
    void aTraceOfOtherTokensIsCorrupt() {
        engine.spoiltDigest = 1;
        assertThatThrownBy(() -> run.start(false, engine)).satisfies(failure -> {
            assertThat(ExitCodes.of(failure)).isEqualTo(ExitCode.TRACE_CORRUPT);
            assertThat(failure).hasMessageContaining("tokenDigest").hasMessageContaining("group 0");
        });
    }

    @Test
    void routesThatWereNotConsumedStopTheRun() {
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
        run.policies = (_, model, parameters) -> {
            var policy = new FakePolicy(model, parameters);
            policy.lostRoutes = 3;
            return policy;
        };
        refused(() -> run.start(false, engine), ExitCode.NUMERICS, "recorded routes should have been consumed");
    }

    @Test
    void aGradientThatIsNotFiniteNamesItsTensorAndLeavesTheWeights() {
        run.policies = (_, model, parameters) -> {
            var policy = new FakePolicy(model, parameters);
            policy.poisonAfter = 3;
            return policy;
        };
        refused(
                () -> run.start(false, engine),
                ExitCode.NUMERICS,
                "step 1, mini-batch 1 of 1",
                "tensor '",
                "The weights were not changed");
    }

    private static void refused(ThrowingCallable call, ExitCode code, String... words) {
        assertThatThrownBy(call).satisfies(failure -> {
            assertThat(ExitCodes.of(failure)).as(String.valueOf(failure)).isEqualTo(code);
            for (String word : words) {
                assertThat(failure).hasMessageContaining(word);
            }
        });
    }
}
