package rl.ballast.operator.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Learners that begin to answer and never come to an end: a look at one is over in time, and so is its connection.
class ProgressReaderIT {
    private static final Duration PROMPTLY = Duration.ofSeconds(10);
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        threads.shutdownNow();
    }

    @Test
    void aLearnerThatStallsAfterTheHeadersIsLeft() {
        serve(HEAD + "Content-Length: 100\r\n\r\n{", "");
        try (var reader = new ProgressReader(Duration.ofMillis(200), threads)) {
            for (int look = 0; look < 5; look++) {
                var answer = reader.read(address());
                assertThatThrownBy(() -> answer.get(PROMPTLY.toSeconds(), TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(java.util.concurrent.TimeoutException.class);
            }
            assertConnectionsEnd(5);
        }
    }

    @Test
    void anAnswerWithoutEndIsReadToItsBoundOnly() {
        serve(HEAD + "\r\n", " ".repeat(1024));
        try (var reader = new ProgressReader(Duration.ofMinutes(5), threads)) {
            var answer = reader.read(address());
            assertThatThrownBy(() -> answer.get(PROMPTLY.toSeconds(), TimeUnit.SECONDS))
                    .hasStackTraceContaining("65536");
            assertConnectionsEnd(1);
        }
    }

    @Test
    void aRefusalIsNoProgress() {
        serve("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}", "");
        try (var reader = new ProgressReader(PROMPTLY, threads)) {
            var answer = reader.read(address());
            assertThatThrownBy(() -> answer.get(PROMPTLY.toSeconds(), TimeUnit.SECONDS))
                    .hasStackTraceContaining("expected status 200, found 503");
        }
    }

    private void assertConnectionsEnd(int number) {
        await("every connection is closed").atMost(PROMPTLY).untilAsserted(() -> {
            assertThat(accepted).hasValue(number);
            assertThat(ended).hasValue(number);
        });
    }

    /// Answers each call with `begin`, then with `more` for ever, or with nothing at all until the caller hangs up.
    private void serve(String begin, String more) {
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket call = server.accept();
                    accepted.incrementAndGet();
                    threads.execute(() -> answer(call, begin, more));
                } catch (IOException e) {
                    return; // closed
                }
            }
        });
    }

    private void answer(Socket call, String begin, String more) {
        try (call) {
            InputStream in = call.getInputStream();
            BufferedReader request = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            while (!request.readLine().isEmpty()) {}
            OutputStream out = call.getOutputStream();
            out.write(begin.getBytes(StandardCharsets.US_ASCII));
            while (!more.isEmpty()) {
                out.write(more.getBytes(StandardCharsets.US_ASCII));
            }
            while (request.read() >= 0) {}
        } catch (IOException e) {
            // the caller has hung up
        } finally {
            ended.incrementAndGet();
        }
    }

    private URI address() {
        return URI.create("http://127.0.0.1:%d/v1/progress".formatted(server.getLocalPort()));
    }
}
