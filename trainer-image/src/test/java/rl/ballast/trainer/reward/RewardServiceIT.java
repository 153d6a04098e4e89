package rl.ballast.trainer.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.Backoff;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.RewardSpec;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.data.Problem;
import rl.ballast.trainer.data.PromptInput;

class RewardServiceIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Backoff SHORT_PAUSES = new Backoff(Duration.ofMillis(1), Duration.ofMillis(1), 1, 0);

    /// What the service does with a request.
    private interface Behaviour {
        void answer(HttpExchange exchange, byte[] body) throws IOException, InterruptedException;
    }

    private final Queue<Behaviour> first = new ConcurrentLinkedQueue<>();
    private final Queue<JsonNode> requests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private ExecutorService threads;
    private HttpServer server;
    private Behaviour then = RewardServiceIT::lengths;

    @BeforeEach
    void startService() throws IOException {
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/judge", exchange -> {
            attempts.incrementAndGet();
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(JSON.readTree(body));
            Behaviour behaviour = first.poll();
            try (exchange) {
                (behaviour == null ? then : behaviour).answer(exchange, body);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    @AfterEach
    void stopService() {
        released.countDown();
        server.stop(0);
        threads.close();
    }

    @Test
    void sendsItemsInBatchesAndKeepsTheirOrder() {
        List<Candidate> candidates = IntStream.range(0, 150)
                .mapToObj(i -> VerifierTest.candidate("a" + i, "x".repeat(i)))
                .toList();
        try (Verifier verifier = service(LONG, 0)) {
            assertThat(verifier.judge(candidates))
                    .containsExactly(IntStream.range(0, 150).asDoubleStream().toArray());
            assertThat(verifier.judge(List.of())).isEmpty();
        }
        assertThat(attempts).hasValue(3);
        assertThat(requests)
                .anySatisfy(request -> assertThat(request.get("items").get(0).toString())
                        .isEqualTo("{\"prompt\":\"?\",\"response\":\"\",\"answer\":\"a0\"}"));
    }

    @Test
    void conversationsAreSentAsMessages() {
        Problem problem = new Problem(
                0, "data.jsonl:1", new PromptInput.Conversation(List.of(new PromptInput.Message("user", "1+1?"))), "2");
        try (Verifier verifier = service(LONG, 0)) {
            assertThat(verifier.judge(List.of(new Candidate(problem, "two")))).containsExactly(3);
        }
        assertThat(requests.peek().toString())
                .isEqualTo(
                        "{\"items\":[{\"messages\":[{\"role\":\"user\",\"content\":\"1+1?\"}],\"response\":\"two\",\"answer\":\"2\"}]}");
    }

    @Test
    void attemptsThatFailForAMomentAreRepeated() {
        first.add((exchange, _) -> reply(exchange, 503, "restarting"));
        first.add((exchange, _) -> reply(exchange, 429, "slower"));
        first.add((exchange, _) -> exchange.getResponseBody().close());
        try (Verifier verifier = service(LONG, 3)) {
            assertThat(verifier.judge(List.of(VerifierTest.candidate("a", "xx"))))
                    .containsExactly(2);
        }
        assertThat(attempts).hasValue(4);
    }

    @Test
    void aServiceThatHangsBeforeItsAnswerTimesOutAndEndsTheRunAsUnavailable() {
        then = (_, _) -> released.await();

        failure(
                Duration.ofMillis(100),
                1,
                ExitCode.UNAVAILABLE,
                "found none after 2 attempts; last: ",
                "Check the reward service");
        assertThat(attempts).hasValue(2);
    }

    @Test
    void aServiceThatHangsInTheMiddleOfItsAnswerTimesOutToo() {
        then = (exchange, _) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write("{\"rewards\": [".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            released.await();
        };

        failure(
                Duration.ofMillis(300),
                0,
                ExitCode.UNAVAILABLE,
                "found none after 1 attempts; last: no answer within 300 ms");
    }

    @Test
    void aServiceThatIsNotThereIsUnavailable() {
        server.stop(0);

        failure(LONG, 1, ExitCode.UNAVAILABLE, "found none after 2 attempts; last: java.net.ConnectException");
    }

    @Test
    void answersThatAreNoRewardsEndTheRunAtOnce() {
        nonsense("<html>hello</html>", "found broken JSON");
        nonsense("{\"rewards\": [1]} trailing", "found broken JSON");
        nonsense("", "expected {\"rewards\": [...]}, found an empty body");
        nonsense("[1]", "expected {\"rewards\": [...]}, found '[1]'");
        nonsense("{\"reward\": [1]}", "expected {\"rewards\": [...]}");
        nonsense("{\"rewards\": [1, 2]}", "expected 1 rewards, found 2");
        nonsense("{\"rewards\": []}", "expected 1 rewards, found 0");
        nonsense("{\"rewards\": [\"1\"]}", "expected rewards[0] to be a finite number, found \"1\"");
        nonsense("{\"rewards\": [null]}", "expected rewards[0] to be a finite number, found null");
        nonsense("{\"rewards\": [1e999]}", "expected rewards[0] to be a finite number");
        nonsense("{\"rewards\": [NaN]}", "found broken JSON");
    }

    private void nonsense(String body, String message) {
        attempts.set(0);
        then = (exchange, _) -> reply(exchange, 200, body);
        failure(LONG, 3, ExitCode.CORRUPT, message);
        assertThat(attempts).hasValue(1);
    }

    @Test
    void anAnswerWithoutEndIsCutOff() {
        then = (exchange, _) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] chunk = new byte[1 << 16];
            for (int i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(chunk);
            }
        };

        failure(LONG, 0, ExitCode.UNAVAILABLE, "body exceeds capacity");
    }

    @Test
    void aRefusalIsReportedWithItsText() {
        then = (exchange, _) -> reply(exchange, 404, "no such judge");

        failure(LONG, 3, ExitCode.CONFIGURATION, "expected status 200, found status 404, 'no such judge'");
        assertThat(attempts).hasValue(1);
    }

    @Test
    void theSpecificationMakesTheService() {
        try (Verifier verifier = Verifier.of(new RewardSpec(null, url().toString(), null, 5, 0))) {
            assertThat(verifier.judge(List.of(VerifierTest.candidate("a", "xxx"))))
                    .containsExactly(3);
        }
    }

    private void failure(Duration timeout, int retries, ExitCode code, String... messages) {
        try (Verifier verifier = service(timeout, retries)) {
            assertThatThrownBy(() -> verifier.judge(List.of(VerifierTest.candidate("a", "x"))))
                    .isInstanceOfSatisfying(
                            LearnerFailure.class, e -> assertThat(e.exitCode()).isEqualTo(code))
                    .hasMessageStartingWith(url() + ": ")
                    .hasMessageContainingAll(messages);
        }
    }

    private Verifier service(Duration timeout, int retries) {
        return new RewardService(url(), timeout, retries, SHORT_PAUSES);
    }

    private URI url() {
        return URI.create(
                "http://127.0.0.1:%d/judge".formatted(server.getAddress().getPort()));
    }

    /// Rewards each response with its length.
    private static void lengths(HttpExchange exchange, byte[] body) throws IOException {
        ArrayNode rewards = JSON.createArrayNode();
        JSON.readTree(body)
                .get("items")
                .forEach(item -> rewards.add(item.get("response").textValue().length()));
        reply(exchange, 200, JSON.createObjectNode().set("rewards", rewards).toString());
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
