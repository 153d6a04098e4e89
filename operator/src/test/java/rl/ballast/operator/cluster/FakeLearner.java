package rl.ballast.operator.cluster;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A learner's endpoint at an address of its own, which answers what a test says, or takes calls and does not
/// answer. Whoever makes it closes it.
public final class FakeLearner implements AutoCloseable {
    private static final int PORT = 8091;

    private final String ip;
    private final HttpServer server;
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile String answer = "{\"phase\": \"starting\", \"step\": 0, \"steps\": 20, \"epoch\": 1}";
    private volatile CountDownLatch gate = new CountDownLatch(0);

    /// @param ip a loopback address that no other test uses
    public FakeLearner(String ip) {
        this.ip = ip;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(ip), PORT), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(calls);
        server.createContext("/v1/progress", exchange -> {
            asked.incrementAndGet();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    public String ip() {
        return ip;
    }

    /// How often somebody has asked.
    public int asked() {
        return asked.get();
    }

    /// A learner that trains: it has published one version more than it has trained steps.
    ///
    /// @param served oldest version of the one engine
    public void trains(int step, int served) {
        says("""
                {"phase": "generate", "step": %d, "steps": 20, "epoch": 1, "policyVersion": %d,
                 "engines": {"served": %d, "reporting": 1, "known": 1},
                 "replay": {"mode": "R3", "coverage": 1.0}}""".formatted(step, step + 1, served));
    }

    public void says(String progress) {
        answer = progress;
    }

    /// From now on calls wait.
    public void hang() {
        gate = new CountDownLatch(1);
    }

    /// Answers again, also those that wait.
    public void goOn() {
        gate.countDown();
    }

    @Override
    public void close() {
        goOn();
        server.stop(0);
        calls.shutdownNow();
    }
}
