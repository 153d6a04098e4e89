package rl.ballast.operator.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestSettings;
import rl.ballast.protocol.wire.LearnerProgress;

/// Looks at learners over real sockets.
class ProgressPollerIT {
    private static final byte[] SAME =
            "{\"phase\": \"generate\", \"step\": 1, \"steps\": 9, \"epoch\": 1}".getBytes(StandardCharsets.UTF_8);

    private final Set<String> news = ConcurrentHashMap.newKeySet();
    private final AtomicInteger step = new AtomicInteger(1);
    private HttpServer answering;
    private ServerSocket silent;

    @BeforeEach
    void listen() throws IOException {
        silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        answering = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        answering.createContext("/v1/progress", exchange -> {
            byte[] body = "{\"phase\": \"generate\", \"step\": %d, \"steps\": 9, \"epoch\": 1, \"later\": true}"
                    .formatted(step.get())
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        answering.start();
    }

    @AfterEach
    void stop() throws IOException {
        answering.stop(0);
        silent.close();
    }

    @Test
    void learnersThatHangHoldUpNobody() {
        var settings = TestSettings.with(
                        Map.of("ballast.progress.timeout", "100ms", "ballast.progress.concurrency", "2"))
                .progress();
        try (var poller = new ProgressPoller(settings, news::add)) {
            for (int i = 0; i < 10; i++) {
                poller.watch("hanging-" + i, address(silent.getLocalPort(), ""));
            }
            poller.watch("well", address(answering.getAddress().getPort(), ""));
            poller.start(() -> {});

            await().untilAsserted(() -> assertThat(step(poller)).isEqualTo(1));
            step.set(2);
            await().untilAsserted(() -> assertThat(step(poller)).isEqualTo(2));
            assertThat(news).contains("well");
            assertThat(poller.newest("hanging-0")).isEmpty();
        }
    }

    @Test
    void aLearnerThatFallsSilentIsNewsAndSoIsThatItSpeaksAgain() {
        AtomicBoolean well = new AtomicBoolean(true);
        answering.createContext("/sometimes", exchange -> {
            exchange.sendResponseHeaders(well.get() ? 200 : 500, SAME.length);
            exchange.getResponseBody().write(SAME);
            exchange.close();
        });
        try (var poller = new ProgressPoller(TestSettings.of().progress(), news::add)) {
            poller.watch("one", address(answering.getAddress().getPort(), "/sometimes"));
            poller.start(() -> {});
            awaitNews("one");
            assertThat(poller.silent("one")).isFalse();

            well.set(false);
            awaitNews("one");
            assertThat(poller.silent("one")).isTrue();
            assertThat(poller.newest("one")).as("the last answer is kept").isPresent();

            well.set(true);
            awaitNews("one");
            assertThat(poller.silent("one")).isFalse();
        }
    }

    private void awaitNews(String run) {
        await().until(() -> news.remove(run));
    }

    /// Each holds its look for as long as the test lasts, and together they would hold every one there is.
    @Test
    void aHundredLearnersThatHangTakeNobodysTurn() {
        AtomicInteger held = new AtomicInteger();
        answering.createContext("/hanging", exchange -> {
            exchange.sendResponseHeaders(200, 1);
            held.incrementAndGet();
        });
        var settings =
                TestSettings.with(Map.of("ballast.progress.timeout", "5m")).progress();
        try (var poller = new ProgressPoller(settings, news::add)) {
            poller.watch("well", address(answering.getAddress().getPort(), ""));
            poller.start(() -> {});
            await().untilAsserted(() -> assertThat(step(poller)).isEqualTo(1));
            for (int i = 0; i < 100; i++) {
                poller.watch("hanging-" + i, address(answering.getAddress().getPort(), "/hanging"));
            }
            await().until(() -> held.get() >= settings.concurrency() / 2);

            for (int expected = 2; expected <= 5; expected++) {
                step.set(expected);
                await("step " + expected)
                        .untilAsserted(() -> assertThat(step(poller)).isEqualTo(step.get()));
            }
            assertThat(held).hasValue(settings.concurrency() / 2);
        }
    }

    private static int step(ProgressPoller poller) {
        return poller.newest("well").map(LearnerProgress::step).orElse(0);
    }

    private static URI address(int port, String below) {
        return URI.create("http://127.0.0.1:%d%s/v1/progress".formatted(port, below));
    }
}
