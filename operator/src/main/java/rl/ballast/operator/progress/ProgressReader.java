package rl.ballast.operator.progress;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.protocol.wire.WireJson;

/// Asks one learner. Answers are bounded in size and time. Thread-safe; whoever makes it closes it.
final class ProgressReader implements AutoCloseable {
    private static final int MAX_BYTES = 64 * 1024;

    private final HttpClient http;
    private final Executor executor;
    private final Duration timeout;

    ProgressReader(Duration timeout, Executor executor) {
        this.timeout = timeout;
        this.executor = executor;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .executor(executor)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /// Fails with an `IOException` for whatever goes wrong, at the latest after twice the timeout.
    CompletableFuture<LearnerProgress> read(URI address) {
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(timeout).GET().build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream())
                .thenApplyAsync(ProgressReader::parse, executor)
                .orTimeout(timeout.toMillis() * 2, TimeUnit.MILLISECONDS);
    }

    private static LearnerProgress parse(HttpResponse<InputStream> answer) {
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new IOException("expected status 200, found " + answer.statusCode());
            }
            byte[] bytes = body.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("expected at most %d bytes".formatted(MAX_BYTES));
            }
            return WireJson.reports().readValue(bytes, LearnerProgress.class);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
