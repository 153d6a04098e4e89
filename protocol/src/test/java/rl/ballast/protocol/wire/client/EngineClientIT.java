package rl.ballast.protocol.wire.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.wire.EngineError;
import rl.ballast.protocol.wire.EngineStatus;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.WeightsAnnouncement;

class EngineClientIT {
    private static final String STATUS = """
            {"engineId": "engine-0", "state": "SERVING", "policyVersion": 3, "epoch": 2, "runningSequences": 1,
             "waitingSequences": 0, "generatedTokens": 17, "addedByANewerEngine": true}""";

    private interface Answer {
        void give(HttpExchange exchange) throws IOException;
    }

    private record Seen(String method, String path, String authorization, String body) {}

    private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    private final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private EngineClient client;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            seen.add(new Seen(
                    exchange.getRequestMethod(), exchange.getRequestURI().getPath(), authorization, body));
            answers.removeFirst().give(exchange);
        });
        server.start();
        client = client(Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private EngineClient client(Duration keepTrying) {
        var limit = Duration.ofSeconds(20);
        var policy =
                new CallPolicy(limit, limit, limit, limit, keepTrying, Duration.ofMillis(1), Duration.ofMillis(20));
        return new EngineClient(
                URI.create("http://localhost:" + server.getAddress().getPort()), "secret", policy);
    }

    private void willAnswer(int status, String body) {
        answers.add(exchange -> {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private static GenerateRequest request() {
        return new GenerateRequest(
                "r-1", 2, 3, 4, new int[] {1, 2}, new long[] {-5}, 0.5, 0, 1.0, 8, new int[] {0}, false, null);
    }

    @Test
    void sendsTheTokenAndReadsAnAnswerWithFieldsOfANewerEngine() throws Exception {
        willAnswer(200, STATUS);

        EngineStatus status = client.status();

        assertThat(status)
                .isEqualTo(new EngineStatus("engine-0", EngineStatus.State.SERVING, 3L, null, 2, 1, 0, 17, null));
        assertThat(seen).containsExactly(new Seen("GET", "/v1/status", "Bearer secret", ""));
    }

    @Test
    void readsSamplesWithTheirLogProbabilitiesToTheLastBit() throws Exception {
        willAnswer(200, """
                {"requestId": "r-1", "epoch": 2, "samples": [{"tokens": [7, 0], "rolloutLogProbs": [-0.10536052, -1.4E-45],
                 "versions": [{"policyVersion": 3, "tokens": 2}], "finishReason": "STOP"}],
                 "trace": {"file": "traces/v000003/a.trace", "bytes": 12, "sha256": "00"}}""");

        var response = client.generate(request());

        assertThat(response.samples().getFirst().tokens()).containsExactly(7, 0);
        assertThat(response.samples().getFirst().rolloutLogProbs()).containsExactly(-0.10536052f, -Float.MIN_VALUE);
        assertThat(seen.getFirst().body())
                .contains("\"seeds\":[-5]", "\"temperature\":0.5")
                .doesNotContain("traceFile");
    }

    @Test
    void givesEveryRefusalItsType() {
        willAnswer(409, "{\"reason\": \"STALE_WEIGHTS\", \"message\": \"older\", \"policyVersion\": 2}");
        willAnswer(409, "{\"reason\": \"STALE_EPOCH\", \"message\": \"older\", \"epoch\": 9}");
        willAnswer(422, "{\"reason\": \"WEIGHTS_REFUSED\", \"message\": \"tensor model.norm.weight\"}");
        willAnswer(507, "{\"reason\": \"STORE_FULL\", \"message\": \"no room\"}");
        willAnswer(400, "{\"reason\": \"BAD_REQUEST\", \"message\": \"field seeds\"}");
        willAnswer(404, "<html>not an engine</html>");

        assertThatThrownBy(() -> client.generate(request()))
                .isInstanceOfSatisfying(
                        EngineException.StaleWeights.class,
                        e -> assertThat(e.policyVersion()).isEqualTo(2L));
        assertThatThrownBy(() -> client.pause(1)).isInstanceOf(EngineException.StaleEpoch.class);
        assertThatThrownBy(() -> client.announce(new WeightsAnnouncement(1, 2, "weights/v000002", "00")))
                .isInstanceOf(EngineException.WeightsRefused.class)
                .hasMessageContaining("model.norm.weight");
        assertThatThrownBy(() -> client.generate(request())).isInstanceOf(EngineException.StoreFull.class);
        assertThatThrownBy(() -> client.generate(request())).isInstanceOfSatisfying(EngineException.Failed.class, e -> {
            assertThat(e.error().reason()).isEqualTo(EngineError.Reason.BAD_REQUEST);
            assertThat(e).hasMessageContaining("field seeds").hasMessageContaining("/v1/rollouts");
        });
        assertThatThrownBy(() -> client.resume(1))
                .isInstanceOf(EngineException.Failed.class)
                .hasMessageContaining("404");
        assertThat(seen).hasSize(6);
    }

    @Test
    void asksAgainWithTheSameRequestWhenTheConnectionBreaksOrTheEngineDrains() throws Exception {
        answers.add(HttpExchange::close);
        willAnswer(503, "{\"reason\": \"DRAINING\", \"message\": \"going down\"}");
        willAnswer(200, "{\"requestId\": \"r-1\", \"epoch\": 2, \"samples\": []}");

        assertThat(client.generate(request()).samples()).isEmpty();

        assertThat(seen).hasSize(3);
        assertThat(seen.stream().map(Seen::body).distinct()).hasSize(1);
    }

    @Test
    void givesUpOnAnEngineThatStaysAway() {
        try (EngineClient impatient = client(Duration.ZERO)) {
            server.stop(0);
            assertThatThrownBy(impatient::status)
                    .isInstanceOf(EngineException.Unavailable.class)
                    .hasMessageContaining("/v1/status")
                    .hasMessageContaining(impatient.base().toString());
        }
    }

    @Test
    void closesTheConnectionWhenItsThreadIsInterrupted() throws Exception {
        var arrived = new CountDownLatch(1);
        var gone = new CountDownLatch(1);
        answers.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            arrived.countDown();
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[4096]);
                    exchange.getResponseBody().flush();
                }
            } catch (IOException disconnected) {
                gone.countDown();
            }
        });
        var outcome = new AtomicReference<Throwable>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                client.generate(request());
            } catch (IOException | InterruptedException e) {
                outcome.set(e);
            }
        });
        assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();

        caller.interrupt();
        caller.join();

        assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
        assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    }
}
