package rl.ballast.protocol.wire.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.ControlRequest;
import rl.ballast.protocol.wire.EngineError;
import rl.ballast.protocol.wire.EngineStatus;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.protocol.wire.WireJson;

/// Calls one engine. Every method blocks (use virtual threads for many calls at once), is thread-safe, and gives up
/// when its thread is interrupted: the connection is then closed and the engine drops the work. An engine that is
/// unavailable is tried again as [CallPolicy#keepTrying()] says, with the same request: a repeated request id with the
/// same content gives the same tokens. An answer is never tried again. Whoever creates the client closes it.
public final class EngineClient implements AutoCloseable {
    private final URI base;
    private final @Nullable String token;
    private final CallPolicy policy;
    private final HttpClient http;
    private final CountDownLatch closed = new CountDownLatch(1);

    /// @param base for example `http://localhost:8900`
    /// @param token bearer token of the engine; null when it asks for none
    public EngineClient(URI base, @Nullable String token, CallPolicy policy) {
        this.base = base;
        this.token = token;
        this.policy = policy;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(policy.connect())
                .build();
    }

    public URI base() {
        return base;
    }

    /// Samples `request.seeds().length` responses.
    ///
    /// @throws EngineException.StaleWeights if the engine is below `minPolicyVersion`
    /// @throws EngineException.StaleEpoch if a newer learner has called this engine
    /// @throws EngineException.StoreFull if the routes could not be written
    /// @throws EngineException.Unavailable if the engine stayed away for longer than the policy allows
    public GenerateResponse generate(GenerateRequest request) throws EngineException, InterruptedException {
        return call("POST", "/v1/rollouts", request, policy.generate(), GenerateResponse.class);
    }

    /// Announces a version and waits until the engine serves it. A version that the engine serves already is answered
    /// at once.
    ///
    /// @throws EngineException.WeightsRefused if they are not what their manifest says; the old ones
    /// keep serving
    /// @throws EngineException.StaleEpoch if a newer learner has called this engine
    public EngineStatus announce(WeightsAnnouncement announcement) throws EngineException, InterruptedException {
        return call("POST", "/v1/weights", announcement, policy.weights(), EngineStatus.class);
    }

    /// Stops decoding between two steps; requests wait.
    public EngineStatus pause(long epoch) throws EngineException, InterruptedException {
        return call("POST", "/v1/pause", new ControlRequest(epoch), policy.control(), EngineStatus.class);
    }

    public EngineStatus resume(long epoch) throws EngineException, InterruptedException {
        return call("POST", "/v1/resume", new ControlRequest(epoch), policy.control(), EngineStatus.class);
    }

    /// The engine finishes what runs and refuses new requests from now on (503).
    public EngineStatus drain(long epoch) throws EngineException, InterruptedException {
        return call("POST", "/v1/drain", new ControlRequest(epoch), policy.control(), EngineStatus.class);
    }

    public EngineStatus status() throws EngineException, InterruptedException {
        return call("GET", "/v1/status", null, policy.control(), EngineStatus.class);
    }

    private <T> T call(String method, String path, @Nullable Object body, Duration limit, Class<T> type)
            throws EngineException, InterruptedException {
        HttpRequest request = request(method, path, body, limit);
        long giveUp = System.nanoTime() + policy.keepTrying().toNanos();
        Duration delay = policy.firstDelay();
        while (true) {
            try {
                return attempt(request, type);
            } catch (EngineException.Unavailable failure) {
                long left = giveUp - System.nanoTime();
                if (left <= 0 || closed.await(Math.min(left, delay.toNanos()), TimeUnit.NANOSECONDS)) {
                    throw failure;
                }
                delay = delay.multipliedBy(2).compareTo(policy.maxDelay()) > 0
                        ? policy.maxDelay()
                        : delay.multipliedBy(2);
            }
        }
    }

    private HttpRequest request(String method, String path, @Nullable Object body, Duration limit) {
        var builder = HttpRequest.newBuilder(base.resolve(path)).timeout(limit).header("Accept", "application/json");
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        if (body == null) {
            return builder.method(method, HttpRequest.BodyPublishers.noBody()).build();
        }
        builder.header("Content-Type", "application/json");
        try {
            byte[] json = WireJson.answers().writeValueAsBytes(body);
            return builder.method(method, HttpRequest.BodyPublishers.ofByteArray(json))
                    .build();
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException("a wire record could not be written: " + body, impossible);
        }
    }

    private <T> T attempt(HttpRequest request, Class<T> type) throws EngineException, InterruptedException {
        HttpResponse<byte[]> answer;
        try {
            answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new EngineException.Unavailable(
                    "engine %s: %s failed: %s".formatted(base, request.uri().getPath(), describe(e)), e);
        }
        if (answer.statusCode() == 200) {
            return parse(request, answer, type);
        }
        throw refusal(request, answer);
    }

    private <T> T parse(HttpRequest request, HttpResponse<byte[]> answer, Class<T> type) throws EngineException {
        try {
            return WireJson.answers().readValue(answer.body(), type);
        } catch (IOException e) {
            String message = "engine %s: the answer to %s is not a %s: %s"
                    .formatted(base, request.uri().getPath(), type.getSimpleName(), e.getMessage());
            throw new EngineException.Failed(
                    message, answer.statusCode(), new EngineError(EngineError.Reason.INTERNAL, message, null, null));
        }
    }

    private EngineException refusal(HttpRequest request, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        EngineError error = error(answer);
        String message = "engine %s: %s answered %d %s: %s"
                .formatted(base, request.uri().getPath(), status, error.reason(), error.message());
        return switch (error.reason()) {
            case DRAINING -> new EngineException.Unavailable(message, null);
            case STALE_WEIGHTS -> new EngineException.StaleWeights(message, status, error);
            case STALE_EPOCH -> new EngineException.StaleEpoch(message, status, error);
            case WEIGHTS_REFUSED -> new EngineException.WeightsRefused(message, status, error);
            case STORE_FULL -> new EngineException.StoreFull(message, status, error);
            case BAD_REQUEST, UNAUTHORIZED, INTERNAL -> new EngineException.Failed(message, status, error);
        };
    }

    /// The body of an answer that is not 200, or a stand-in when the body is not of this protocol (a proxy, another
    /// server).
    private static EngineError error(HttpResponse<byte[]> answer) {
        try {
            EngineError error = WireJson.answers().readValue(answer.body(), EngineError.class);
            if (error != null && error.reason() != null && error.message() != null) {
                return error;
            }
        } catch (IOException notOfThisProtocol) {
            // The stand-in below says what is known.
        }
        var reason = answer.statusCode() == 503 ? EngineError.Reason.DRAINING : EngineError.Reason.INTERNAL;
        return new EngineError(
                reason, "an answer of %d bytes that is no engine error".formatted(answer.body().length), null, null);
    }

    private static String describe(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /// Ends calls that wait between two attempts and closes idle connections.
    @Override
    public void close() {
        closed.countDown();
        http.shutdownNow();
        http.close();
    }
}
