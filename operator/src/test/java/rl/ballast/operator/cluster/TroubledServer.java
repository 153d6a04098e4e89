package rl.ballast.operator.cluster;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The way to the API server, with trouble on it when a test says so: writes fail by a fixed pattern, or watches are
/// lost
/// and nothing can be watched or listed. Whoever makes it closes it.
public final class TroubledServer implements AutoCloseable {
    /// What becomes of a write.
    public enum Fate {
        PASSED,
        TOO_MANY_REQUESTS,
        INTERNAL_ERROR,
        /// Another's words than the API server's.
        UNAVAILABLE,
        /// As of a quota that others write at the same time.
        CONFLICT,
        /// Done, but nobody hears of it.
        ANSWER_LOST
    }

    /// Its length divides no run's number of writes, so that each kind of write meets each fate.
    private static final List<Fate> PATTERN = List.of(
            Fate.TOO_MANY_REQUESTS,
            Fate.PASSED,
            Fate.ANSWER_LOST,
            Fate.INTERNAL_ERROR,
            Fate.CONFLICT,
            Fate.PASSED,
            Fate.UNAVAILABLE);

    private static final int LARGEST_FRAME = 16 << 20;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http;
    private final WebSocketClient sockets;
    private final HttpServer server;
    private final Set<ServerWebSocket> watches = ConcurrentHashMap.newKeySet();
    private final Map<Fate, AtomicInteger> fates = new ConcurrentHashMap<>();
    private final AtomicInteger writes = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile boolean failing;
    private volatile boolean hidden;

    /// @param port of the API server on this machine
    TroubledServer(int port) {
        http = vertx.createHttpClient(new HttpClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setMaxPoolSize(64)
                .setDefaultHost("127.0.0.1")
                .setDefaultPort(port));
        sockets = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setMaxConnections(64)
                .setMaxFrameSize(LARGEST_FRAME)
                .setDefaultHost("127.0.0.1")
                .setDefaultPort(port));
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setMaxWebSocketFrameSize(LARGEST_FRAME))
                .requestHandler(this::serve)
                .listen(0)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    public String address() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /// Whether writes fail by the pattern.
    public void failWrites(boolean on) {
        failing = on;
    }

    /// Drops every watch and lets nobody watch or list, or lets them again.
    public void hide(boolean on) {
        hidden = on;
        if (on) {
            watches.forEach(ServerWebSocket::close);
        }
    }

    /// How many requests there were.
    public int requests() {
        return requests.get();
    }

    /// How many writes met a fate while writes failed.
    public int count(Fate fate) {
        return fates.getOrDefault(fate, new AtomicInteger()).get();
    }

    private void serve(HttpServerRequest request) {
        requests.incrementAndGet();
        boolean reads = request.method().equals(HttpMethod.GET);
        if (hidden && request.query() != null && reads) {
            say(request.response(), 503, "ServiceUnavailable", "the server is starting");
        } else if (request.headers().contains(HttpHeaders.UPGRADE, "websocket", true)) {
            watch(request);
        } else if (reads || !failing) {
            pass(request, false);
        } else {
            Fate fate = PATTERN.get(writes.getAndIncrement() % PATTERN.size());
            fates.computeIfAbsent(fate, _ -> new AtomicInteger()).incrementAndGet();
            fail(request, fate);
        }
    }

    private void fail(HttpServerRequest request, Fate fate) {
        HttpServerResponse response = request.response();
        switch (fate) {
            case PASSED -> pass(request, false);
            case ANSWER_LOST -> pass(request, true);
            case TOO_MANY_REQUESTS -> {
                response.putHeader("Retry-After", "1");
                say(response, 429, "TooManyRequests", "the server is busy");
            }
            case INTERNAL_ERROR -> say(response, 500, "InternalError", "etcdserver: leader changed");
            case CONFLICT ->
                say(
                        response,
                        409,
                        "Conflict",
                        "Operation cannot be fulfilled on resourcequotas: the object has been modified");
            case UNAVAILABLE -> response.setStatusCode(503).end("no healthy upstream");
        }
    }

    private void pass(HttpServerRequest request, boolean answerLost) {
        request.body()
                .compose(body -> http.request(request.method(), request.uri()).compose(there -> {
                    there.headers().setAll(request.headers());
                    return there.send(body);
                }))
                .compose(answer -> answer.body().map(body -> answered(request.response(), answer, body, answerLost)))
                .onFailure(why -> request.response().reset());
    }

    private static boolean answered(HttpServerResponse response, HttpClientResponse answer, Buffer body, boolean lost) {
        if (lost) {
            say(response, 504, "Timeout", "no answer in time");
            return false;
        }
        response.setStatusCode(answer.statusCode());
        response.headers().setAll(answer.headers()).remove(HttpHeaders.TRANSFER_ENCODING);
        response.end(body);
        return true;
    }

    private void watch(HttpServerRequest request) {
        request.pause();
        WebSocketConnectOptions there = new WebSocketConnectOptions().setURI(request.uri());
        for (String header : List.of("Authorization", "User-Agent", "Origin")) {
            String value = request.getHeader(header);
            if (value != null) {
                there.addHeader(header, value);
            }
        }
        sockets.connect(there)
                .compose(up -> {
                    up.pause(); // what comes before there is anybody to hear it would be lost
                    return request.toWebSocket().onSuccess(down -> join(up, down));
                })
                .onFailure(why -> request.response().reset());
    }

    private void join(WebSocket up, ServerWebSocket down) {
        watches.add(down);
        up.frameHandler(frame -> {
            if (!frame.isClose()) {
                down.writeFrame(frame);
            }
        });
        up.closeHandler(_ -> down.close());
        down.closeHandler(_ -> {
            watches.remove(down);
            up.close();
        });
        up.resume();
    }

    private static void say(HttpServerResponse response, int code, String reason, String message) {
        response.setStatusCode(code)
                .putHeader("Content-Type", "application/json")
                .end("""
                {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": %d, "reason": "%s", "message": "%s"}
                """.formatted(code, reason, message));
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
