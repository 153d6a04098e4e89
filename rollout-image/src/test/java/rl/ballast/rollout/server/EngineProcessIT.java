package rl.ballast.rollout.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.RunIdentity;
import rl.ballast.protocol.wire.EngineStatus.State;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.client.EngineClient;
import rl.ballast.protocol.wire.client.EngineException;

/// How the process starts and ends.
@Tag("packaged")
class EngineProcessIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    private TestStore store;

    @BeforeEach
    void openStore() throws IOException {
        store = new TestStore(Files.createDirectory(folder.resolve("store")));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private GenerateRequest request(int samples, int maxTokens, @Nullable String traceFile) {
        long[] seeds = LongStream.range(0, samples).toArray();
        return new GenerateRequest(
                "r", store.epoch(), 1, 1, new int[] {5, 17}, seeds, 1, 0, 1, maxTokens, new int[0], false, traceFile);
    }

    private static void awaitReady(EngineClient client) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(client.status().state()).isEqualTo(State.SERVING));
    }

    private static CompletableFuture<GenerateResponse> generate(EngineClient client, GenerateRequest request) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return client.generate(request);
            } catch (IOException e) {
                throw new CompletionException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void saysWhatIsWrongWithTheConfiguration() throws Exception {
        String config =
                ServerProcess.config(store.layout.root(), 0).replace("\"computeThreads\": 1", "\"computeThreads\": 0");
        try (var server = ServerProcess.start(folder, config)) {
            assertThat(server.exitCode()).isEqualTo(ExitCode.CONFIGURATION.code());
            assertThat(server.output)
                    .anyMatch(line -> line.contains("engine-7.json")
                            && line.contains("computeThreads: expected 1 to 4096, found 0"));
        }
        try (var server = ServerProcess.run(ServerProcess.commandLine())) {
            assertThat(server.exitCode()).isEqualTo(ExitCode.USAGE.code());
            assertThat(server.output).anyMatch(line -> line.contains("BALLAST_ROLE_CONFIG"));
        }
        try (var server = ServerProcess.start(folder, ServerProcess.config(folder.resolve("absent"), 0))) {
            assertThat(server.exitCode()).isEqualTo(ExitCode.STORE_IO.code());
            assertThat(server.output).anyMatch(line -> line.contains("absent"));
        }
    }

    @Test
    void saysThatThePortIsInUse() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var server =
                        ServerProcess.start(folder, ServerProcess.config(store.layout.root(), taken.getLocalPort()))) {
            assertThat(server.exitCode()).isEqualTo(ExitCode.PORT_IN_USE.code());
            assertThat(server.output)
                    .anyMatch(line ->
                            line.contains("port %d".formatted(taken.getLocalPort())) && line.contains("in use"));
        }
    }

    @Test
    void loadsTheCurrentVersionAndDrainsOnSigterm() throws Exception {
        store.publish(1);
        try (var server = ServerProcess.start(folder, ServerProcess.config(store.layout.root(), 0));
                var client = server.client()) {
            awaitReady(client);
            assertThat(client.status().engineId()).isEqualTo("engine-7");
            assertThat(client.status().policyVersion()).isEqualTo(1);
            var running = generate(client, request(600, 120, null));
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(client.status().generatedTokens()).isPositive());

            server.process.destroy();
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThatThrownBy(() -> client.generate(request(1, 1, "traces/v000001/late.trace")))
                                    .isInstanceOf(EngineException.Unavailable.class));

            assertThat(running.join().samples()).hasSize(600);
            assertThat(server.exitCode()).isEqualTo(ExitCode.COMPLETE.code());
        }
    }

    @Test
    void inAPodItMayStartBeforeItsStoreIsMade() throws Exception {
        Path later = folder.resolve("volume/runs/later");
        try (var server = ServerProcess.start(
                        folder, ServerProcess.config(later, 0), command -> with("BALLAST_STORE_LATER=true", command));
                var client = server.client()) {
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(client.status().state()).isEqualTo(State.WAITING_FOR_WEIGHTS));
            store.publish(1);
            Files.createDirectories(later.getParent());
            Files.move(store.layout.root(), later);
            awaitReady(client);
            assertThat(client.status().policyVersion()).isEqualTo(1);
        }
    }

    private static List<String> with(String variable, List<String> command) {
        var all = new ArrayList<>(List.of("env", variable));
        all.addAll(command);
        return all;
    }

    @Test
    void cutsOffWhatDoesNotEndWithinTheBound() throws Exception {
        store.publish(1);
        try (var server = ServerProcess.start(
                        folder, ServerProcess.config(store.layout.root(), 0), command -> drainWithin(command, "1S"));
                var client = server.client()) {
            awaitReady(client);
            client.pause(store.epoch());
            var running = generate(client, request(3, 10, null));
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(client.status().waitingSequences()).isEqualTo(3));

            server.process.destroy();

            assertThat(server.exitCode()).isEqualTo(ExitCode.COMPLETE.code());
            assertThatThrownBy(running::join).hasCauseInstanceOf(EngineException.Unavailable.class);
        }
    }

    private static List<String> drainWithin(List<String> command, String seconds) {
        command.add(1, "-Dballast.shutdown.drain=PT" + seconds);
        return command;
    }

    @Test
    void servesNoWeightsOfAnotherRunUntilItsOwnLearnerAdoptsTheStore() throws Exception {
        store.publish(1);
        String mine = ServerProcess.config(store.layout.root(), 0).replace(TestStore.UID, "another-run");
        try (var server = ServerProcess.start(folder, mine);
                var client = server.client()) {
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(client.status().lastRefusal())
                            .contains("uid: expected another-run", TestStore.UID));
            assertThat(client.status().state()).isEqualTo(State.WAITING_FOR_WEIGHTS);

            RunIdentity found = RunIdentity.read(store.layout.identity());
            RunIdentity.open(
                    store.layout,
                    new RunIdentity("another-run", "test", "00", "00", found.createdAt(), found.formatVersion()),
                    RunIdentity.Adoption.SAME_SPEC);

            awaitReady(client);
            assertThat(client.status().lastRefusal()).isNull();
        }
    }

    @Test
    void leavesNothingBehindWhenATraceFindsNoRoom() throws Exception {
        store.publish(1);
        try (var server = ServerProcess.start(
                        folder, ServerProcess.config(store.layout.root(), 0), EngineProcessIT::withSmallFiles);
                var client = server.client()) {
            awaitReady(client);
            String large = "traces/v000001/large.trace";
            String small = "traces/v000001/small.trace";

            assertThatThrownBy(() -> client.generate(request(256, 100, large)))
                    .isInstanceOfSatisfying(EngineException.StoreFull.class, e -> {
                        assertThat(e.status()).isEqualTo(507);
                        assertThat(e.error().message()).contains("large.trace", "nothing of it was left");
                    });

            try (var left = Files.list(store.layout.inside("traces/v000001"))) {
                assertThat(left).isEmpty();
            }
            assertThat(client.generate(request(1, 5, small)).trace()).isNotNull();
            assertThat(store.layout.inside(small)).exists();
        }
    }

    /// A process whose files may not grow above 16 blocks of 512 bytes: to it that is a full quota.
    private static List<String> withSmallFiles(List<String> command) {
        var limited = new ArrayList<>(List.of("sh", "-c", "ulimit -f 16; exec \"$@\"", "sh"));
        limited.addAll(command);
        return limited;
    }
}
