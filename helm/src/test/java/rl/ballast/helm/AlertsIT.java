package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The alerts: complete, about metrics that exist, and, where `promtool` is here, correct and raised when they should
/// be.
class AlertsIT {
    private static final Path TESTS = Path.of("src/test/resources/alerts/alerts.test.yaml");
    private static final Path RUNBOOK = Path.of("../docs/guides/alerts.md");

    @TempDir
    Path scratch;

    @Test
    void everyAlertIsExplainedAndReadsMetricsThatExist() throws IOException {
        Set<String> exposed = Metrics.exposed();

        for (JsonNode alert : alerts("alerts.runbookUrl=\"https://example.org/runbook\"")) {
            String name = alert.path("alert").asText();
            assertThat(name).startsWith("Ballast");
            assertThat(alert.at("/labels/severity").asText()).as(name).isIn("critical", "warning");
            for (String annotation : List.of("summary", "description", "runbook")) {
                assertThat(alert.path("annotations").path(annotation).asText())
                        .as(name + annotation)
                        .isNotEmpty();
            }
            assertThat(alert.at("/annotations/runbook_url").asText())
                    .isEqualTo("https://example.org/runbook#" + name.toLowerCase(Locale.ROOT));
            assertThat(alert.toString()).as(name).doesNotContain("${");
            assertThat(exposed)
                    .as(name)
                    .containsAll(Metrics.used(alert.path("expr").asText()));
            Metrics.used(alert.at("/annotations/runbook").asText())
                    .forEach(metric -> assertThat(exposed).as(name).contains(metric));
        }
    }

    @Test
    void everyAlertIsTested() {
        String tests = Chart.read(TESTS).findValuesAsText("labels").toString();

        for (JsonNode alert : alerts()) {
            assertThat(tests)
                    .contains("alertname=\"%s\", alertstate=\"firing\""
                            .formatted(alert.path("alert").asText()));
        }
    }

    @Test
    void theOperatorIsNotDownWhereNothingScrapesIt() {
        assertThat(names("metrics.serviceMonitor.enabled=true")).contains("BallastOperatorDown", "BallastRunFailed");
        assertThat(names("metrics.serviceMonitor.enabled=false"))
                .contains("BallastPolicyLag")
                .doesNotContain("BallastOperatorDown", "BallastRunFailed");
    }

    /// Actions on runs are those that there are: guards do not act yet.
    @Test
    void noRunbookRestsOnAGuard() {
        for (JsonNode alert : alerts()) {
            assertThat(alert.at("/annotations/runbook").asText())
                    .as(alert.path("alert").asText())
                    .doesNotContainIgnoringCase("guard")
                    .doesNotContain("Rollback");
        }
    }

    private static List<String> names(String setting) {
        return alerts(setting).stream()
                .map(alert -> alert.path("alert").asText())
                .toList();
    }

    @Test
    void thresholdsAreValues() {
        List<String> expressions = alerts("alerts.thresholds.mismatchKl=0.25").stream()
                .map(alert -> alert.path("expr").asText())
                .toList();

        assertThat(expressions).anyMatch(expression -> expression.endsWith("> 0.25"));
    }

    @Test
    void theRunbookIsThatOfTheAlerts() {
        StringBuilder text = new StringBuilder("""
                # Alerts

                What each alert of the chart means, and what to do. `alerts.enabled` makes them; thresholds are values of the chart.
                This file is written by `scripts/chart` from `helm/ballast/files/alerts.yaml`.
                """);
        for (JsonNode alert : alerts()) {
            text.append("\n## %s\n\n%s, after %s: `%s`\n\n%s\n\n%s\n"
                    .formatted(
                            alert.path("alert").asText(),
                            alert.at("/labels/severity").asText(),
                            alert.path("for").asText("0m"),
                            alert.path("expr").asText(),
                            plain(alert.at("/annotations/description").asText()),
                            plain(alert.at("/annotations/runbook").asText())));
        }

        Committed.check(RUNBOOK, text.toString());
    }

    private static String plain(String template) {
        return Pattern.compile("\\{\\{ \\$labels\\.(\\w+) }}")
                .matcher(template.replaceAll("\\{\\{ \\$value[^}]*}}", "N"))
                .replaceAll(label -> label.group(1).toUpperCase(Locale.ROOT));
    }

    @Test
    void promtoolRaisesThemWhenItShould() throws IOException {
        Tool promtool = Tool.requireFound("promtool", "scripts/promtool builds it in some minutes");
        JsonNode rule = rule("alerts.enabled=true");
        Files.writeString(scratch.resolve("alerts.yaml"), Chart.YAML.writeValueAsString(rule.path("spec")));
        Files.copy(TESTS, scratch.resolve("alerts.test.yaml"));

        Tool.Result check = promtool.run(
                List.of("check", "rules", scratch.resolve("alerts.yaml").toString()));
        Tool.Result test = promtool.run(
                List.of("test", "rules", scratch.resolve("alerts.test.yaml").toString()));

        assertThat(check.exitCode()).as(check.all()).isZero();
        assertThat(test.exitCode()).as(test.all()).isZero();
    }

    private static List<JsonNode> alerts() {
        return alerts("alerts.enabled=true");
    }

    private static List<JsonNode> alerts(String setting) {
        List<JsonNode> alerts = new ArrayList<>();
        rule(setting).at("/spec/groups").forEach(group -> group.path("rules").forEach(alerts::add));
        assertThat(alerts).hasSizeGreaterThanOrEqualTo(8);
        return alerts;
    }

    private static JsonNode rule(String setting) {
        Tool.Result result = Chart.template(List.of(
                "--show-only",
                "templates/monitoring/alerts.yaml",
                "--set-json",
                "alerts.enabled=true,metrics.serviceMonitor.enabled=true",
                "--set-json",
                setting));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return Chart.parse(result.output()).getFirst();
    }
}
