package rl.ballast.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/// One self-contained page: no script, no request to anywhere; readable on a phone, in print, and in dark mode.
public final class ReportPage {
    private ReportPage() {}

    public static String of(RunHistory run) {
        String name = run.identity().path("name").asText("run");
        StringBuilder body = new StringBuilder();
        body.append("<h1>").append(Html.escape(name)).append("</h1>");
        body.append("<p class=\"lead\">").append(Html.escape(verdict(run))).append("</p>");
        body.append(facts(run));
        findings(body, Findings.of(run));
        section(body, "Does it learn?", ReportCharts.learning(run));
        section(body, "Is it stable?", ReportCharts.stability(run));
        section(body, "What does it cost?", ReportCharts.cost(run));
        events(body, run.events());
        return resource("report.html")
                .replace("{{title}}", Html.escape(name) + " · Ballast report")
                .replace("{{style}}", resource("report.css"))
                .replace("{{body}}", body);
    }

    /// One sentence: from where to where, and whether the warning signs of the paper appeared.
    public static String verdict(RunHistory run) {
        List<JsonNode> scores = run.steps().stream()
                .filter(s -> s.at("/evaluation/score").isNumber())
                .toList();
        int last =
                run.steps().isEmpty() ? 0 : run.steps().getLast().path("step").asInt();
        if (scores.isEmpty()) {
            return "%d steps; no evaluation was configured or reached.".formatted(last);
        }
        double first = scores.getFirst().at("/evaluation/score").asDouble();
        double end = scores.getLast().at("/evaluation/score").asDouble();
        return String.format(
                Locale.ROOT,
                "Accuracy on held-out problems went from %.1f%% to %.1f%% in %d steps.",
                first * 100,
                end * 100,
                last);
    }

    private static String facts(RunHistory run) {
        StringBuilder out = new StringBuilder("<dl>");
        fact(out, "run", run.identity().path("uid").asText());
        fact(out, "started", run.identity().path("createdAt").asText().replaceAll("\\.\\d+Z$", "Z"));
        JsonNode last = run.steps().isEmpty() ? run.identity() : run.steps().getLast();
        fact(out, "steps", last.path("step").asText());
        JsonNode replay = run.lastWith("/replay/mode");
        fact(
                out,
                "routing replay",
                replay.at("/replay/mode").asText() + " · "
                        + replay.at("/replay/reason").asText());
        fact(out, "learner starts", last.path("epoch").asText());
        return out.append("</dl>").toString();
    }

    private static void fact(StringBuilder out, String name, String value) {
        String text = value.strip();
        if (!text.isEmpty() && !text.equals("·")) {
            out.append("<div><dt>%s</dt><dd>%s</dd></div>".formatted(Html.escape(name), Html.escape(text)));
        }
    }

    private static void section(StringBuilder out, String title, List<LineChart> charts) {
        if (charts.isEmpty()) {
            return;
        }
        out.append("<h2>").append(Html.escape(title)).append("</h2><div class=\"charts\">");
        for (LineChart chart : charts) {
            out.append("<figure><figcaption><b>%s</b><span class=\"legend\">".formatted(Html.escape(chart.title())));
            for (int i = 0; i < chart.series().size(); i++) {
                Series one = chart.series().get(i);
                out.append("<span class=\"key k%d\">%s <i>%s</i></span>"
                        .formatted(
                                i,
                                Html.escape(one.name()),
                                Scale.text(one.points().getLast().y())));
            }
            out.append("</span></figcaption>").append(chart.svg());
            out.append("<p>").append(Html.escape(chart.note())).append("</p></figure>");
        }
        out.append("</div>");
    }

    private static void findings(StringBuilder out, List<Finding> findings) {
        if (findings.isEmpty()) {
            return;
        }
        out.append("<h2>What happened</h2><ul class=\"findings\">");
        for (Finding finding : findings) {
            out.append("<li class=\"%s\"><b>%s</b> %s</li>"
                    .formatted(
                            finding.warning() ? "warning" : "fine",
                            Html.escape(finding.topic()),
                            Html.escape(finding.text())));
        }
        out.append("</ul>");
    }

    private static void events(StringBuilder out, List<JsonNode> events) {
        if (events.isEmpty()) {
            return;
        }
        out.append("<h2>Events</h2><table><tr><th>time</th><th>what</th><th>message</th></tr>");
        for (JsonNode event : events.subList(Math.max(0, events.size() - 100), events.size())) {
            out.append("<tr><td>%s</td><td>%s</td><td>%s</td></tr>"
                    .formatted(
                            Html.escape(event.path("time").asText()),
                            Html.escape(event.path("reason").asText()),
                            Html.escape(event.path("message").asText())));
        }
        out.append("</table>");
    }

    private static String resource(String name) {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource %s is missing from the jar".formatted(name));
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
