package rl.ballast.helm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The names of the metrics that learner and engine expose, read from the two classes that register them.
final class Metrics {
    private static final Path LEARNER =
            Path.of("../trainer-image/src/main/java/rl/ballast/trainer/progress/LearnerMeters.java");
    private static final Path ENGINE =
            Path.of("../rollout-image/src/main/java/rl/ballast/rollout/server/ServerMetrics.java");
    private static final Pattern WORD = Pattern.compile("\"(ballast_[a-z0-9_]+[a-z0-9]|[a-z][a-z0-9_]*)\"");
    private static final Pattern USED = Pattern.compile("\\bballast_[a-z0-9_]+");

    private Metrics() {}

    /// Names of the product's metrics in an expression.
    static List<String> used(String expression) {
        return USED.matcher(expression).results().map(match -> match.group()).toList();
    }

    /// Every name under which Prometheus can see a metric of ours.
    static Set<String> exposed() throws IOException {
        Set<String> names = new TreeSet<>();
        add(names, LEARNER, "ballast_learner_");
        add(names, ENGINE, "ballast_rollout_");
        return names;
    }

    private static void add(Set<String> names, Path source, String prefix) throws IOException {
        List<String> words = new ArrayList<>();
        WORD.matcher(Files.readString(source)).results().forEach(match -> words.add(match.group(1)));
        for (String word : words) {
            String name = word.startsWith("ballast_") ? word : prefix + word;
            Stream.of("", "_total", "_bucket", "_sum", "_count").forEach(suffix -> names.add(name + suffix));
        }
    }
}
