package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The Grafana dashboard is the one that [Dashboard] describes, and it shows metrics that exist.
class DashboardTest {
    private static final Path FILE = Chart.FOLDER.resolve("files/dashboard.json");

    @Test
    void theCommittedFileIsTheGeneratedOne() throws IOException {
        var printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);

        Committed.check(FILE, new ObjectMapper().writer(printer).writeValueAsString(Dashboard.json()) + "\n");
    }

    @Test
    void everyPanelShowsMetricsThatExist() throws IOException {
        Set<String> exposed = Metrics.exposed();

        for (String expression : expressions()) {
            assertThat(expression).containsPattern("ballast_|operator_sdk_|up\\{");
            for (String metric : Metrics.used(expression)) {
                assertThat(exposed).as(expression).contains(metric);
            }
        }
    }

    @Test
    void aNameThatDoesNotExistIsFound() throws IOException {
        assertThat(Metrics.exposed())
                .contains("ballast_learner_step", "ballast_rollout_swaps_total", "ballast_rollout_swap_seconds_bucket")
                .contains("ballast_runs", "ballast_runs_trace_bytes", "ballast_run_time_to_ready_seconds_bucket")
                .doesNotContain("ballast_learner_steps", "ballast_rollout_tokens", "ballast_learner_kl")
                .doesNotContain("ballast_learner_step_total", "ballast_runs_total", "ballast_rollout_swaps");
    }

    @Test
    void panelsDoNotOverlapAndHaveTheirOwnIds() {
        JsonNode panels = Dashboard.json().path("panels");
        List<String> cells = new ArrayList<>();
        panels.forEach(panel -> {
            JsonNode place = panel.path("gridPos");
            for (int x = 0; x < place.path("w").asInt(); x++) {
                for (int y = 0; y < place.path("h").asInt(); y++) {
                    cells.add((place.path("x").asInt() + x) + ","
                            + (place.path("y").asInt() + y));
                }
            }
        });

        assertThat(cells).doesNotHaveDuplicates();
        assertThat(panels.findValuesAsText("id")).doesNotHaveDuplicates();
    }

    private static List<String> expressions() {
        List<String> expressions = Dashboard.json().path("panels").findValuesAsText("expr");
        assertThat(expressions).hasSizeGreaterThan(30);
        return expressions;
    }
}
