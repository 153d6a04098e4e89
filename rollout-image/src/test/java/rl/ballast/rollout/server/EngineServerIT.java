package rl.ballast.rollout.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.modeling.weights.WeightManifest;
import rl.ballast.protocol.trace.RoutingTraceReader;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.EngineStatus.State;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.protocol.wire.client.EngineClient;
import rl.ballast.protocol.wire.client.EngineException;

/// The built server, over sockets, with a real engine and store. One process for all tests: each leaves the newest
/// version in service and nothing running.
@Tag("packaged")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineServerIT {
    private static final String TENSOR = "model.layers.1.mlp.experts.3.up_proj.weight";
    private static final AtomicInteger IDS = new AtomicInteger();

    @TempDir
    static Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private TestStore store;
    private ServerProcess server;
    private EngineClient client;
    private long newest;

    @AfterAll
    void stop() {
        client.close();
        server.close();
        store.close();
    }

    @BeforeAll
    void start() throws Exception {
        store = new TestStore(Files.createDirectory(folder.resolve("store")));
        server = ServerProcess.start(folder, ServerProcess.config(store.layout.root(), 0));
        client = server.client();
        assertThat(client.status().state()).isEqualTo(State.WAITING_FOR_WEIGHTS);
        assertThat(get("/q/health/ready").statusCode()).isEqualTo(503);
        assertThatThrownBy(() -> client.generate(request(1, 1, null))).isInstanceOf(EngineException.StaleWeights.class);
        publishNext();
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(get("/q/health/ready").statusCode()).isEqualTo(200));
    }

    @AfterEach
    void nothingRuns() throws Exception {
        client.resume(store.epoch());
        assertThat(client.status().state()).isEqualTo(State.SERVING);
        assertThat(client.status().policyVersion()).isEqualTo(newest);
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(client.status().runningSequences()
                                + client.status().waitingSequences())
                        .isZero());
    }

    private WeightsAnnouncement publishNext() {
        store.update(newest);
        return store.publish(++newest);
    }

    /// For versions that a test spoils: they are never served.
    private WeightsAnnouncement publishSpoiled(long version) {
        store.update(version);
        return store.publish(version);
    }

    private GenerateRequest request(int samples, int maxTokens, @Nullable String traceFile) {
        return request("request-" + IDS.incrementAndGet(), samples, maxTokens, traceFile);
    }

    private GenerateRequest request(String id, int samples, int maxTokens, @Nullable String traceFile) {
        return new GenerateRequest(
                id,
                store.epoch(),
                Math.max(newest, 1),
                7,
                new int[] {5, 17, 40, 8},
                LongStream.range(0, samples).toArray(),
                1.0,
                0,
                1.0,
                maxTokens,
                new int[] {2},
                false,
                traceFile);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(server.address().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.address().resolve(path))
                .header("Authorization", "Bearer " + ServerProcess.TOKEN)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void samplesAndWritesTheRoutesOfEveryFedPosition() throws Exception {
        var request = request(3, 10, "traces/v000001/step-000007-group-0001.trace");

        GenerateResponse response = client.generate(request);

        assertThat(response.samples()).hasSize(3);
        var trace = Objects.requireNonNull(response.trace());
        var segments = RoutingTraceReader.readAll(store.layout.inside(trace.file()), trace.sha256());
        assertThat(segments).hasSize(3);
        assertThat(Files.size(store.layout.inside(trace.file()))).isEqualTo(trace.bytes());
        for (int i = 0; i < 3; i++) {
            var sample = response.samples().get(i);
            var header = segments.get(i).header();
            assertThat(sample.tokens()).hasSizeBetween(1, 10);
            assertThat(sample.rolloutLogProbs()).hasSameSizeAs(sample.tokens());
            for (float logProb : sample.rolloutLogProbs()) {
                assertThat(logProb).isBetween(-20f, 0f);
            }
            assertThat(header.rolloutId()).isEqualTo(request.requestId() + "/" + i);
            assertThat(header.rows()).isEqualTo(4 + sample.tokens().length - 1);
            assertThat(header.policyVersion().value()).isEqualTo(newest);
            assertThat(header.complete()).isTrue();
            assertThat(header.endsSequence()).isTrue();
            assertThat(sample.versions())
                    .containsExactly(new GenerateResponse.VersionSpan(newest, sample.tokens().length));
        }
    }

    @Test
    void aRepeatedRequestGivesTheSameTokens() throws Exception {
        var request = request(4, 20, null);

        var first = client.generate(request);
        var second = client.generate(request);

        assertThat(second).usingRecursiveComparison().isEqualTo(first);
    }

    @Test
    void aRequestThatTwoCallersSendAtOnceIsComputedOnce() throws Exception {
        client.pause(store.epoch());
        long before = client.status().generatedTokens();
        var request = request(2, 30, null);
        var first = CompletableFuture.supplyAsync(() -> generate(request));
        var second = CompletableFuture.supplyAsync(() -> generate(request));
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(client.status().waitingSequences()).isEqualTo(2));
        client.resume(store.epoch());

        assertThat(second.join()).usingRecursiveComparison().isEqualTo(first.join());

        int tokens =
                first.join().samples().stream().mapToInt(s -> s.tokens().length).sum();
        assertThat(client.status().generatedTokens() - before).isEqualTo(tokens);
    }

    private GenerateResponse generate(GenerateRequest request) {
        try {
            return client.generate(request);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void dropsTheWorkOfACallerWhoIsGone() throws Exception {
        client.pause(store.epoch());
        var started = new CountDownLatch(1);
        Thread caller = Thread.ofVirtual().start(() -> {
            started.countDown();
            assertThatThrownBy(() -> client.generate(request(5, 50, null))).isInstanceOf(InterruptedException.class);
        });
        started.await();
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(client.status().waitingSequences()).isEqualTo(5));

        caller.interrupt();

        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(client.status().waitingSequences()).isZero());
    }

    @Test
    void swapsToAnAnnouncedVersionAndStaysReady() throws Exception {
        var announcement = publishNext();
        assertThatThrownBy(() -> client.generate(request(1, 5, null)))
                .isInstanceOfSatisfying(
                        EngineException.StaleWeights.class,
                        e -> assertThat(e.policyVersion()).isEqualTo(newest - 1));

        var status = client.announce(announcement);

        assertThat(status.policyVersion()).isEqualTo(newest);
        assertThat(status.manifestSha256()).isEqualTo(announcement.manifestSha256());
        assertThat(get("/q/health/ready").statusCode()).isEqualTo(200);
        assertThat(client.generate(request(1, 5, null)).samples().getFirst().versions())
                .allMatch(span -> span.policyVersion() == newest);
        assertThat(client.announce(announcement)).isEqualTo(client.status());
    }

    @Test
    void refusesAVersionWhoseFileKeptOneTensor() throws Exception {
        var announcement = publishSpoiled(newest + 1);
        store.keepTensor(TENSOR, newest, newest + 1);

        refuses(announcement, TENSOR, "digest");
    }

    @Test
    void refusesAWrongDtypeNamingTheTensor() throws Exception {
        publishSpoiled(newest + 1);
        Path file = store.file(newest + 1, "model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, ISO_8859_1);
        int at = header.indexOf("F32", header.indexOf(TENSOR));
        bytes[at] = 'I';
        Files.write(file, bytes);
        var announcement = reannounce(newest + 1);

        refuses(announcement, TENSOR, "dtype");
    }

    @Test
    void refusesATruncatedFile() throws Exception {
        var announcement = publishSpoiled(newest + 1);
        Path file = store.file(newest + 1, "model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 40));

        refuses(announcement, "model.safetensors", "bytes");
    }

    @Test
    void refusesAVersionThatAReplacedLearnerPublished() throws Exception {
        long old = store.epoch();
        publishSpoiled(newest + 1);
        store.newEpoch();
        var fromSuccessor = publishSpoiled(newest + 2);
        newest += 2;
        client.announce(fromSuccessor);
        assertThatThrownBy(() -> client.announce(new WeightsAnnouncement(old, newest - 1, "weights/v000001", "00")))
                .isInstanceOf(EngineException.StaleEpoch.class);
        publishSpoiled(newest + 1);
        var forged = store.forgeManifest(newest + 1, "\"epoch\" : " + store.epoch(), "\"epoch\" : " + old);

        refuses(forged, "epoch", "replaced learner");
    }

    private WeightsAnnouncement reannounce(long version) throws IOException {
        // Sizes and digests of the spoiled file, so that only what the test spoiled is wrong.
        Path file = store.file(version, "model.safetensors");
        var manifest = WeightManifest.parse(file, Files.readAllBytes(store.file(version, "manifest.json")));
        String before = manifest.files().stream()
                .filter(f -> f.name().equals("model.safetensors"))
                .findFirst()
                .orElseThrow()
                .sha256();
        return store.forgeManifest(version, before, RoutingTraceReader.sha256(file));
    }

    private void refuses(WeightsAnnouncement announcement, String... words) throws Exception {
        var request = request(2, 10, null);
        var before = client.generate(request);
        try {
            assertThatThrownBy(() -> client.announce(announcement))
                    .isInstanceOfSatisfying(EngineException.WeightsRefused.class, e -> {
                        assertThat(e.status()).isEqualTo(422);
                        assertThat(e.error().message()).contains(words);
                    });
            assertThat(client.status().policyVersion()).isEqualTo(newest);
            assertThat(client.status().lastRefusal()).contains(words);
            assertThat(get("/q/health/ready").statusCode()).isEqualTo(200);
            assertThat(client.generate(request)).usingRecursiveComparison().isEqualTo(before);
        } finally {
            // A version is never used twice: the next good one comes after the spoiled one.
            newest = Math.max(newest, announcement.policyVersion());
            client.announce(publishNext());
        }
    }

    @Test
    void turnsAnOlderEpochAwayEverywhere() throws Exception {
        long old = store.epoch();
        store.newEpoch();
        client.resume(store.epoch());

        for (var call : new ThrowingCallable[] {
            () -> client.pause(old),
            () -> client.resume(old),
            () -> client.drain(old),
            () -> client.announce(new WeightsAnnouncement(old, 1, "weights/v000001", "00")),
            () -> client.generate(new GenerateRequest(
                    "old", old, 1, 1, new int[] {1}, new long[] {1}, 1, 0, 1, 1, new int[0], false, null))
        }) {
            assertThatThrownBy(call).isInstanceOfSatisfying(EngineException.StaleEpoch.class, e -> {
                assertThat(e.error().epoch()).isEqualTo(store.epoch());
                assertThat(e.error().policyVersion()).isEqualTo(newest);
            });
        }
    }

    @Test
    void namesTheFieldOfABadRequest() throws Exception {
        assertThatThrownBy(() -> client.generate(request(0, 5, null)))
                .isInstanceOf(EngineException.Failed.class)
                .hasMessageContaining("seeds");
        assertThatThrownBy(() -> client.generate(request(1, 5, "traces/../../etc/x.trace")))
                .hasMessageContaining("traceFile");
        assertThat(post("/v1/resume", "{\"epoch\": 1, \"colour\": 1}".getBytes(UTF_8))
                        .body())
                .contains("BAD_REQUEST", "colour");
        assertThat(post("/v1/rollouts", "{\"requestId\": 1e".getBytes(UTF_8)).statusCode())
                .isEqualTo(400);
        assertThat(post("/v1/rollouts", new byte[(16 << 20) + 1]).body()).contains("BAD_REQUEST", "body", "16777216");
        assertThat(post("/v1/elsewhere", new byte[0]).statusCode()).isEqualTo(404);
    }

    @Test
    void asksForTheToken() throws Exception {
        try (EngineClient stranger = server.client("a-guess")) {
            assertThatThrownBy(stranger::status).isInstanceOfSatisfying(EngineException.Failed.class, e -> {
                assertThat(e.status()).isEqualTo(401);
                assertThat(e.error().reason()).isEqualTo(Reason.UNAUTHORIZED);
            });
        }
        assertThat(get("/v1/status").statusCode()).isEqualTo(401);
        assertThat(get("/v1/../v1/status").statusCode()).isEqualTo(401);
        assertThat(get("/q/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void tellsPrometheusWhatItDid() throws Exception {
        client.generate(request(2, 5, null));

        String metrics = get("/metrics").body();

        assertThat(metrics)
                .containsPattern("ballast_rollout_requests_total\\{outcome=\"ok\"\\} [1-9]")
                .containsPattern("ballast_rollout_generated_tokens_total [1-9]")
                .containsPattern("ballast_rollout_policy_version %d".formatted(newest))
                .contains("ballast_rollout_kv_blocks_used ", "ballast_rollout_swap_seconds_bucket");
    }
}
