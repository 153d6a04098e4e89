package rl.ballast.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A mixture of experts whose engines record no routes, with real processes.
@NeedsDistribution
class NoRoutesIT {
    @TempDir
    private Path folder;

    @Test
    void itTrainsAndMeasuresNoRouting() throws IOException, InterruptedException {
        SmallRun run = new SmallRun(folder)
                .edit("updates: 30", "updates: 10")
                .edit("steps: 8", "steps: 2")
                .edit("replay: R3", "replay: R2")
                .edit("engine: {", "engine: {captureRoutes: false, ");

        try (var started = run.start("blind")) {
            assertThat(started.exitCode()).as(started::output).isZero();
        }

        JsonNode step = requireNonNull(run.metrics("blind").get(2));
        assertThat(step.at("/replay/mode").asText()).isEqualTo("R2");
        assertThat(step.at("/replay/consumed").asLong()).isPositive();
        assertThat(step.at("/replay").has("coverage")).isFalse();
        assertThat(step.at("/replay").has("disagreement")).isFalse();
        assertThat(run.layout("blind").root().resolve("traces")).doesNotExist();
    }
}
