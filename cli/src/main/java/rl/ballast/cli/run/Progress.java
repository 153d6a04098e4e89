package rl.ballast.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;

/// Says what a run does: one line per step, and in a terminal a last line that changes.
final class Progress {
    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;
    private final InstantSource clock;
    private final int steps;
    private double secondsPerStep;

    Progress(PrintWriter out, boolean terminal, InstantSource clock, int steps) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.steps = steps;
    }

    /// A line that stays.
    void say(String text) {
        out.println((terminal ? CLEAR : "") + text);
        out.flush();
    }

    /// The changing line; nothing when the output is no terminal.
    void status(String text) {
        if (terminal) {
            out.print(CLEAR + text);
            out.flush();
        }
    }

    void coldStart(JsonNode line, int updates) {
        int update = line.path("update").asInt();
        String text = String.format(
                Locale.ROOT,
                "cold start %d/%d  loss %.4f  gradient %.3f",
                update,
                updates,
                line.path("loss").asDouble(),
                line.path("gradientNorm").asDouble());
        say(text);
    }

    void step(JsonNode line) {
        int step = line.path("step").asInt();
        double seconds = line.at("/seconds/total").asDouble();
        StringBuilder text = new StringBuilder();
        text.append("step %d/%d".formatted(step, steps));
        append(text, line, "reward", "/reward/mean", "%.3f");
        append(text, line, "eval", "/evaluation/score", "%.3f");
        append(text, line, "k3", "/engineMismatch/k3", "%.2e");
        append(text, line, "entropy", "/entropy/mean", "%.3f");
        append(text, line, "clip", "/update/clipFraction", "%.4f");
        append(text, line, "disagree", "/replay/disagreement/any", "%.4f");
        append(text, line, "tok/s", "/tokens/perSecond", "%.0f");
        if (step > 0 && seconds > 0) {
            secondsPerStep = secondsPerStep == 0 ? seconds : 0.8 * secondsPerStep + 0.2 * seconds;
            text.append("  left ")
                    .append(clockText(Duration.ofMillis(Math.round((steps - step) * secondsPerStep * 1000))));
        }
        say(text.toString());
    }

    /// `m:ss` or `h:mm:ss`.
    static String clockText(Duration duration) {
        long seconds = duration.toSeconds();
        return seconds >= 3600
                ? "%d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60)
                : "%d:%02d".formatted(seconds / 60, seconds % 60);
    }

    InstantSource clock() {
        return clock;
    }

    private static void append(StringBuilder text, JsonNode line, String name, String pointer, String format) {
        JsonNode value = line.at(pointer);
        if (value.isNumber()) {
            text.append("  ").append(name).append(' ').append(String.format(Locale.ROOT, format, value.asDouble()));
        }
    }
}
