package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a person is told after an installation. Helm shows the notes with a cluster only, so that here they are a file
/// of a chart with the same values.
class NotesIT {
    private static final String NO_SCRAPE = "nothing scrapes the operator";
    private static final String NO_WAY_IN = "the network policies let no Prometheus in";

    @TempDir
    Path chart;

    @BeforeEach
    void copy() throws IOException {
        Path templates = Files.createDirectories(chart.resolve("templates"));
        for (String file : List.of("Chart.yaml", "values.yaml", "templates/_names.tpl")) {
            Files.copy(Chart.FOLDER.resolve(file), chart.resolve(file));
        }
        Files.copy(Chart.FOLDER.resolve("templates/NOTES.txt"), chart.resolve("notes.txt"));
        Files.writeString(
                templates.resolve("notes.yaml"), "notes: |\n{{ tpl (.Files.Get \"notes.txt\") . | indent 2 }}\n");
    }

    @Test
    void theDefaultsWarnOfNothing() {
        assertThat(notes()).contains("kubectl get rlruns -w\n").doesNotContain("WARNING");
    }

    @Test
    void everyCommandNamesTheWatchedNamespace() {
        assertThat(notes("watchNamespaces={team-a,team-b}").lines().filter(line -> line.contains("rlrun")))
                .filteredOn(line -> line.startsWith("  kubectl") && !line.contains("delete"))
                .hasSize(3)
                .allMatch(line -> line.endsWith(" -n team-a"));
    }

    @Test
    void alertsWithoutAScrapeAreAnnounced() {
        assertThat(notes("alerts.enabled=true")).contains(NO_SCRAPE).doesNotContain(NO_WAY_IN);
        assertThat(notes("alerts.enabled=true", "metrics.serviceMonitor.enabled=true"))
                .doesNotContain(NO_SCRAPE);
    }

    @Test
    void aScrapeThatThePoliciesStopIsAnnounced() {
        String scraped = "metrics.serviceMonitor.enabled=true";

        assertThat(notes(scraped)).contains(NO_WAY_IN);
        assertThat(notes(scraped, "networkPolicy.metricsNamespace=monitoring")).doesNotContain(NO_WAY_IN);
        assertThat(notes(scraped, "networkPolicy.enabled=false")).doesNotContain(NO_WAY_IN);
    }

    private String notes(String... settings) {
        List<String> arguments = new ArrayList<>(List.of(
                "template", Chart.RELEASE, chart.toString(), "-n", Chart.NAMESPACE, "--kube-version", "1.34.0"));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        Tool.Result result = Tool.helm().run(arguments);
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return Chart.parse(result.output()).getFirst().path("notes").asText();
    }
}
