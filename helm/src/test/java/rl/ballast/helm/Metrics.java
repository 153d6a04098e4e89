package rl.ballast.helm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The names of the metrics that learner, engine and operator expose, read from the classes that register them.
final class Metrics {
    private static final Path LEARNER =
            Path.of("../trainer-image/src/main/java/rl/ballast/trainer/progress/LearnerMeters.java");
    private static final Path ENGINE =
            Path.of("../rollout-image/src/main/java/rl/ballast/rollout/server/ServerMetrics.java");
    private static final Path OPERATOR =
            Path.of("../operator/src/main/java/rl/ballast/operator/metrics/RunMeters.java");
    /// Of the Java Operator SDK, as `/q/metrics` of an operator shows them.
    private static final List<String> FRAMEWORK = List.of(
            "operator_sdk_controllers_execution_reconcile_seconds_bucket",
            "operator_sdk_controllers_execution_reconcile_seconds_count",
            "operator_sdk_reconciliations_failed_total");

    private static final Pattern USED = Pattern.compile("\\b(ballast|operator_sdk)_[a-z0-9_]+");
    private static final Pattern BUILDER = Pattern.compile(
            "(Gauge|Counter|Histogram|Timer)(?:WithCallback)?\\.builder\\((?:\\)\\s*\\.name\\()?\\s*\"(ballast[a-z0-9_.]*[a-z0-9])\""
                    + "(?s:(?:(?!\\.register).)*?baseUnit\\(\"(\\w+)\")?");
    private static final Pattern LEARNER_GAUGE = Pattern.compile("gauges\\.put\\(\"[^\"]+\", \"(\\w+)\"\\)");
    private static final Pattern ENGINE_METER = Pattern.compile("\\b(gauge|counter)\\(counters, \"(\\w+)\"");

    private Metrics() {}

    /// Names of the product's metrics in an expression.
    static List<String> used(String expression) {
        return USED.matcher(expression).results().map(MatchResult::group).toList();
    }

    /// Every name under which Prometheus can see a metric of ours.
    static Set<String> exposed() throws IOException {
        Set<String> names = new TreeSet<>(FRAMEWORK);
        for (Path source : List.of(LEARNER, ENGINE, OPERATOR)) {
            found(BUILDER, source).forEach(match -> {
                String unit = match.group(3) == null ? "" : "_" + match.group(3);
                names.addAll(series(match.group(1), match.group(2).replace('.', '_') + unit));
            });
        }
        found(LEARNER_GAUGE, LEARNER).forEach(match -> names.add("ballast_learner_" + match.group(1)));
        found(ENGINE_METER, ENGINE)
                .forEach(match -> names.add(
                        "ballast_rollout_" + match.group(2) + (match.group(1).equals("counter") ? "_total" : "")));
        return names;
    }

    private static List<String> series(String type, String name) {
        return switch (type) {
            case "Counter" -> List.of(name.endsWith("_total") ? name : name + "_total");
            case "Histogram" -> List.of(name + "_bucket", name + "_sum", name + "_count");
            case "Timer" -> List.of(name + "_seconds_bucket", name + "_seconds_sum", name + "_seconds_count");
            default -> List.of(name);
        };
    }

    private static Stream<MatchResult> found(Pattern pattern, Path source) throws IOException {
        return pattern.matcher(Files.readString(source)).results();
    }
}
