package rl.ballast.trainer.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.Source.Url;
import rl.ballast.trainer.LearnerFailure;

/// Downloads over HTTPS: bounded in size and in silence, checked by digest.
///
/// @param client follows redirects, but not to plain HTTP
/// @param silence longest wait for the answer and between two pieces of it
record HttpsDownload(HttpClient client, Duration silence) {
    private static final int BUFFER = 1 << 16;

    static HttpsDownload standard() {
        return new HttpsDownload(
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .connectTimeout(Duration.ofSeconds(20))
                        .build(),
                Duration.ofSeconds(60));
    }

    /// Writes the content to `out`, which the caller throws away if this fails.
    ///
    /// @param maxBytes above which the download is given up
    /// @throws LearnerFailure `UNAVAILABLE` if the server does not deliver, `CORRUPT` if it delivers something else
    /// @throws IOException if `out` fails
    FileDigest to(OutputStream out, Url url, long maxBytes, String label) throws IOException {
        URI uri = address(url, label);
        HttpResponse<InputStream> response = request(uri, label);
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new LearnerFailure(
                        response.statusCode() >= 500 ? ExitCode.UNAVAILABLE : ExitCode.CONFIGURATION,
                        "%s: %s answered status %d, expected 200".formatted(label, uri, response.statusCode()));
            }
            if (response.headers().firstValueAsLong("Content-Length").orElse(0) > maxBytes) {
                throw tooLarge(label, uri, maxBytes);
            }
            return receive(body, out, url, maxBytes, label);
        }
    }

    private static URI address(Url url, String label) {
        try {
            URI uri = URI.create(url.https());
            if ("https".equals(uri.getScheme()) && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION, "%s: not an address: %s".formatted(label, e.getMessage()), e);
        }
        throw new LearnerFailure(
                ExitCode.CONFIGURATION,
                "%s: expected an address https://HOST/..., found '%s'".formatted(label, url.https()));
    }

    private HttpResponse<InputStream> request(URI uri, String label) {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(silence).GET().build();
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw broken(label, uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LearnerFailure(ExitCode.STOPPED, "%s: stopped while waiting for %s".formatted(label, uri), e);
        }
    }

    /// Reads on a thread of its own, so that a server that falls silent can be left.
    private FileDigest receive(InputStream body, OutputStream out, Url url, long maxBytes, String label)
            throws IOException {
        URI uri = URI.create(url.https());
        MessageDigest digest = FileDigest.newDigest();
        byte[] buffer = new byte[BUFFER];
        long bytes = 0;
        try (ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor()) {
            while (true) {
                int count = next(reader.submit(() -> body.read(buffer)), body, uri, label);
                if (count < 0) {
                    break;
                }
                bytes += count;
                if (bytes > maxBytes) {
                    throw tooLarge(label, uri, maxBytes);
                }
                digest.update(buffer, 0, count);
                out.write(buffer, 0, count);
            }
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(url.sha256())) {
            throw new LearnerFailure(
                    ExitCode.CORRUPT,
                    "%s: %s: expected sha256 %s, found %s (%d bytes); check the address and url.sha256"
                            .formatted(label, uri, url.sha256(), found, bytes));
        }
        return new FileDigest(found, bytes);
    }

    private int next(Future<Integer> read, InputStream body, URI uri, String label) throws IOException {
        try {
            return read.get(silence.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            body.close();
            throw new LearnerFailure(
                    ExitCode.UNAVAILABLE,
                    "%s: %s sent nothing for %d s; try again later".formatted(label, uri, silence.toSeconds()),
                    e);
        } catch (ExecutionException e) {
            throw broken(label, uri, Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            body.close();
            Thread.currentThread().interrupt();
            throw new LearnerFailure(ExitCode.STOPPED, "%s: stopped while reading %s".formatted(label, uri), e);
        }
    }

    private static LearnerFailure tooLarge(String label, URI uri, long maxBytes) {
        return new LearnerFailure(
                ExitCode.CONFIGURATION, "%s: %s is larger than the %d bytes allowed".formatted(label, uri, maxBytes));
    }

    private static LearnerFailure broken(String label, URI uri, Throwable cause) {
        return new LearnerFailure(
                ExitCode.UNAVAILABLE,
                "%s: %s could not be read: %s: %s"
                        .formatted(label, uri, cause.getClass().getSimpleName(), cause.getMessage()),
                cause);
    }
}
