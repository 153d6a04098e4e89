package rl.ballast.operator;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/// `check URL`: asks once, and says what was wrong; the test pod of the chart runs it.
final class HealthCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int USAGE = 64;

    private HealthCheck() {}

    /// The exit code: 0 if the answer's status is 200, 1 if not, 64 for wrong arguments.
    static int run(List<String> arguments, PrintStream out) {
        if (arguments.size() != 1) {
            out.println("usage: check URL");
            return USAGE;
        }
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments.getFirst()))
                    .timeout(TIMEOUT)
                    .build();
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                return 0;
            }
            out.println("%s: expected status 200, found %d: %s"
                    .formatted(request.uri(), answer.statusCode(), answer.body()));
        } catch (IOException e) {
            out.println("%s: no answer: %s".formatted(arguments.getFirst(), e));
        } catch (IllegalArgumentException e) {
            out.println("%s: expected a URL: %s".formatted(arguments.getFirst(), e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            out.println("interrupted");
        }
        return 1;
    }
}
