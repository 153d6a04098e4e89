package rl.ballast.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/// Watches a learner's progress endpoint closely enough to act while it is in a phase.
final class LearnerPhases implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("epoch (\\d+), progress at (http://\\S+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI progress;

    /// Waits until the learner of that epoch says where its endpoint is.
    ///
    /// @param log of the learner; every start of it adds to the file
    LearnerPhases(Path log, long epoch) {
        this.progress = Awaitility.await("the learner's address")
                .atMost(BallastProcess.DEADLINE)
                .until(() -> address(log, epoch), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<URI> address(Path log, long epoch) throws IOException {
        if (!Files.exists(log)) {
            return Optional.empty();
        }
        return ADDRESS.matcher(Files.readString(log))
                .results()
                .filter(match -> Long.parseLong(match.group(1)) == epoch)
                .map((MatchResult match) -> URI.create(match.group(2)))
                .findFirst();
    }

    /// Returns as soon as the progress is as wanted. Asks often enough to find a phase of some 10 ms, and seldom enough
    /// to leave the processor to the learner.
    void await(Predicate<JsonNode> wanted) {
        var request = HttpRequest.newBuilder(progress).build();
        Awaitility.await("the learner's progress")
                .atMost(BallastProcess.DEADLINE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(3))
                .until(() -> wanted.test(JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofByteArray())
                        .body())));
    }

    void awaitPhase(String phase) {
        await(now -> now.path("phase").asText().equals(phase));
    }

    @Override
    public void close() {
        http.close();
    }
}
