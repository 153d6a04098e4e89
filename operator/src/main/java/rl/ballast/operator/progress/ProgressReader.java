package rl.ballast.operator.progress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
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
    private final Duration timeout;

    ProgressReader(Duration timeout, Executor executor) {
        this.timeout = timeout;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(executor)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /// Fails for whatever goes wrong, at the latest after the timeout. No thread waits meanwhile, and the connection of
    /// a look that has failed is closed: the timeout of a request would end with the headers of its answer.
    CompletableFuture<LearnerProgress> read(URI address) {
        HttpRequest request = HttpRequest.newBuilder(address).GET().build();
        CompletableFuture<HttpResponse<byte[]>> exchange =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
        CompletableFuture<LearnerProgress> progress =
                exchange.thenApply(ProgressReader::parse).orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        return progress.whenComplete((_, _) -> exchange.cancel(true));
    }

    private static LearnerProgress parse(HttpResponse<byte[]> answer) {
        try {
            if (answer.statusCode() != 200) {
                throw new IOException("expected status 200, found " + answer.statusCode());
            }
            return WireJson.reports().readValue(answer.body(), LearnerProgress.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
