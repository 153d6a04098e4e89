package rl.ballast.trainer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.trainer.Phase;

class ProgressServerIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void progressHealthAndMetricsAreServed() throws IOException, InterruptedException {
        var meters = new LearnerMeters();
        var progress = new Progress(10, 0, 3, meters);
        try (var server = ProgressServer.start("127.0.0.1", 0, progress, meters)) {
            progress.entered(Phase.GENERATE, 4, 0);
            progress.generating(8);
            progress.generatedGroup();
            progress.published(4);
            progress.recorded(MAPPER.readTree("""
                    {"step": 3, "reward": {"mean": 0.5}, "engineMismatch": {"k3": 0.001}, "seconds": {"total": 2.0},
                     "replay": {"mode": "R3", "reason": "off-policy", "coverage": 0.5, "traceBytes": 7,
                                "unknown": {"PREEMPTED": 2},
                                "disagreement": {"any": 0.125, "perLayer": [{"layer": 1, "any": 0.25}]}}}
                    """));
            progress.watching(() -> new LearnerProgress.Engines(3L, 1, 2));
            progress.checkpointed(2, Instant.EPOCH);
            var json = MAPPER.readTree(get(server, "/v1/progress").body());
            assertThat(json.get("phase").asText()).isEqualTo("generate");
            assertThat(json.get("step").asInt()).isEqualTo(3);
            assertThat(json.get("policyVersion").asInt()).isEqualTo(4);
            assertThat(json.get("etaSeconds").asDouble()).isEqualTo(14.0);
            assertThat(json.at("/generation/groupsDone").asInt()).isEqualTo(1);
            assertThat(json.has("evaluation")).isFalse();
            assertThat(json.get("replay")).isEqualTo(MAPPER.readTree("""
                    {"mode": "R3", "reason": "off-policy", "coverage": 0.5, "disagreement": 0.125,
                     "unknown": {"PREEMPTED": 2}, "corruptTraces": 0}
                    """));
            assertThat(json.get("traceBytes").asInt()).isEqualTo(7);
            assertThat(json.get("engines")).isEqualTo(MAPPER.readTree("""
                    {"served": 3, "reporting": 1, "known": 2}
                    """));
            assertThat(json.get("checkpointStep").asInt()).isEqualTo(2);
            assertThat(json.get("checkpointTime").asText()).isEqualTo("1970-01-01T00:00:00Z");
            assertThat(get(server, "/metrics").body())
                    .contains("ballast_learner_reward_mean 0.5")
                    .contains("ballast_learner_routing_disagreement_ratio{layer=\"1\"} 0.25")
                    .contains("ballast_learner_unknown_routes_total{reason=\"PREEMPTED\"} 2.0");
            assertThat(get(server, "/health").body()).contains("UP");
            assertThat(get(server, "/healthy").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void damagedTracesAreToldWhileTheyAreRecordedAgainAndUntilAWholeStepFollows() throws IOException {
        var progress = new Progress(10, 0, 1, new LearnerMeters());
        assertThat(progress.snapshot().replay()).isNull();

        progress.corruptTraces(2);
        assertThat(corrupt(progress)).isEqualTo(2);
        progress.recorded(MAPPER.readTree("""
                {"step": 1, "replay": {"mode": "R3", "corruptTraces": 2}}"""));
        assertThat(corrupt(progress)).isEqualTo(2);
        progress.recorded(MAPPER.readTree("""
                {"step": 2, "replay": {"mode": "R3", "corruptTraces": 0}}"""));
        assertThat(corrupt(progress)).isZero();
    }

    private static int corrupt(Progress progress) {
        return Objects.requireNonNull(progress.snapshot().replay()).corruptTraces();
    }

    private static HttpResponse<String> get(ProgressServer server, String path)
            throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path));
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
