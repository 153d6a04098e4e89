package rl.ballast.trainer.progress;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// The learner's HTTP endpoint: `GET /v1/progress` (JSON), `/metrics` (Prometheus), `/health`. One virtual thread per
/// request.
public final class ProgressServer implements AutoCloseable {
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private ProgressServer(HttpServer server) {
        this.server = server;
    }

    /// @param port 0 picks a free one
    /// @throws LearnerFailure with `CONFIGURATION` if the port is in use
    public static ProgressServer start(String host, int port, Progress progress, LearnerMeters meters) {
        try {
            var started = new ProgressServer(HttpServer.create(new InetSocketAddress(host, port), 0));
            started.server.setExecutor(started.threads);
            started.get("/v1/progress", "application/json", () -> MAPPER.writeValueAsBytes(progress.snapshot()));
            started.get("/health", "application/json", () -> "{\"status\":\"UP\"}".getBytes(StandardCharsets.UTF_8));
            started.get("/metrics", "text/plain; version=0.0.4; charset=utf-8", () -> {
                var out = new ByteArrayOutputStream();
                meters.write(out);
                return out.toByteArray();
            });
            started.server.start();
            return started;
        } catch (BindException e) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION,
                    "%s:%d is in use: %s. Stop what listens there, or choose another port"
                            .formatted(host, port, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new LearnerFailure(ExitCode.CONFIGURATION, "%s:%d: cannot listen: %s".formatted(host, port, e), e);
        }
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @FunctionalInterface
    private interface Body {
        byte[] bytes() throws IOException;
    }

    private void get(String path, String type, Body body) {
        server.createContext(path, exchange -> {
            try (exchange) {
                answer(exchange, path, type, body);
            }
        });
    }

    private static void answer(HttpExchange exchange, String path, String type, Body body) throws IOException {
        if (!exchange.getRequestURI().getPath().equals(path)) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        if (!exchange.getRequestMethod().equals("GET")) {
            exchange.getResponseHeaders().set("Allow", "GET");
            exchange.sendResponseHeaders(405, -1);
            return;
        }
        byte[] bytes = body.bytes();
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
