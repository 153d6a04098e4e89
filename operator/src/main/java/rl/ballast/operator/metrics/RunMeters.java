package rl.ballast.operator.metrics;

import io.fabric8.kubernetes.api.model.Condition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Meters over all runs, fed with every status that is found or written. docs/design/operator.md lists them.
/// Thread-safe.
@Singleton
public final class RunMeters {
    /// States in which measurements are not of now.
    private static final Set<String> AT_REST = Set.of("suspended", "complete", "failed");
    private static final String[] STATES = {"progressing", "ready", "stalled", "suspended", "complete", "failed"};

    private final Map<String, RLRunStatus> newest = new ConcurrentHashMap<>();
    private final Map<String, Integer> engineRestarts = new ConcurrentHashMap<>();
    private final Timer timeToReady;
    private final Counter restarts;
    private final Counter restartsOfEngines;
    private final Counter steps;

    public RunMeters(MeterRegistry registry) {
        for (String state : STATES) {
            Gauge.builder(
                            "ballast.runs",
                            newest,
                            all -> all.values().stream()
                                    .filter(status -> state(status).equals(state))
                                    .count())
                    .tag("state", state)
                    .description("runs by state")
                    .register(registry);
        }
        Gauge.builder(
                        "ballast.runs.missing.routes",
                        newest,
                        all -> active(all)
                                .filter(status -> isFalse(status, ConditionType.TracesHealthy))
                                .count())
                .description("runs whose newest step lacks recorded routes")
                .register(registry);
        Gauge.builder(
                        "ballast.runs.behind",
                        newest,
                        all -> active(all)
                                .filter(status -> isFalse(status, ConditionType.WeightsCurrent))
                                .count())
                .description("runs whose engines serve weights that are too old")
                .register(registry);
        Gauge.builder(
                        "ballast.runs.largest.lag",
                        newest,
                        all -> active(all)
                                .map(RLRunStatus::largestLag)
                                .filter(Objects::nonNull)
                                .mapToInt(Integer::intValue)
                                .max()
                                .orElse(0))
                .description("largest policy lag of a run, in versions")
                .register(registry);
        Gauge.builder(
                        "ballast.runs.newest.policy.version",
                        newest,
                        all -> all.values().stream()
                                .map(RLRunStatus::policyVersion)
                                .filter(Objects::nonNull)
                                .mapToLong(Long::longValue)
                                .max()
                                .orElse(0))
                .description("highest policy version of a run")
                .register(registry);
        Gauge.builder(
                        "ballast.runs.trace",
                        newest,
                        all -> active(all)
                                .map(RLRunStatus::traceBytes)
                                .filter(Objects::nonNull)
                                .mapToLong(Long::longValue)
                                .sum())
                .baseUnit("bytes")
                .description("routing traces of the newest step of every run that goes on")
                .register(registry);
        timeToReady = Timer.builder("ballast.run.time.to.ready")
                .description("from the creation of a run until it is ready for the first time")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofSeconds(1))
                .maximumExpectedValue(Duration.ofHours(1))
                .register(registry);
        restarts = Counter.builder("ballast.learner.restarts")
                .description("starts of a learner after a failure")
                .register(registry);
        restartsOfEngines = Counter.builder("ballast.engine.restarts")
                .description("restarts of an engine's container while this operator watched")
                .register(registry);
        steps = Counter.builder("ballast.run.steps")
                .description("steps that runs have trained while this operator watched")
                .register(registry);
    }

    /// What a run's status is, written or not.
    public void saw(RLRun run, RLRunStatus status) {
        newest.put(run.getMetadata().getUid(), status);
    }

    /// How often the kubelet has restarted the containers of a run's engines, by the pods that are there.
    public void sawEngines(RLRun run, int restartsOfThese) {
        Integer before = engineRestarts.put(run.getMetadata().getUid(), restartsOfThese);
        if (before != null) {
            restartsOfEngines.increment(Math.max(0, restartsOfThese - before));
        }
    }

    /// A status was written.
    ///
    /// @param before the one before it; null for the first
    public void wrote(RLRun run, @Nullable RLRunStatus before, RLRunStatus now, Instant at) {
        if (before != null) {
            steps.increment(Math.max(0, number(now.step()) - number(before.step())));
            restarts.increment(Math.max(0, number(now.restarts()) - number(before.restarts())));
        }
        boolean wasReady = (before != null && number(before.step()) > 0) || isTrue(before, ConditionType.Ready);
        if (!wasReady && isTrue(now, ConditionType.Ready) && !isTrue(now, ConditionType.Complete)) {
            Instant created = Instant.parse(run.getMetadata().getCreationTimestamp());
            timeToReady.record(Duration.between(created, at));
        }
    }

    /// Forgets every run whose UID `keep` does not know.
    public void retain(Predicate<String> keep) {
        newest.keySet().removeIf(uid -> !keep.test(uid));
        engineRestarts.keySet().removeIf(uid -> !keep.test(uid));
    }

    private static Stream<RLRunStatus> active(Map<String, RLRunStatus> all) {
        return all.values().stream().filter(status -> !AT_REST.contains(state(status)));
    }

    private static String state(RLRunStatus status) {
        if (isTrue(status, ConditionType.Complete)) {
            return "complete";
        }
        if (isTrue(status, ConditionType.Failed)) {
            return "failed";
        }
        if (isTrue(status, ConditionType.Suspended)) {
            return "suspended";
        }
        if (isTrue(status, ConditionType.Stalled)) {
            return "stalled";
        }
        return isTrue(status, ConditionType.Ready) ? "ready" : "progressing";
    }

    private static int number(@Nullable Integer value) {
        return value == null ? 0 : value;
    }

    private static boolean isTrue(@Nullable RLRunStatus status, ConditionType type) {
        return status != null && Conditions.isTrue(status.conditions(), type);
    }

    private static boolean isFalse(RLRunStatus status, ConditionType type) {
        return Conditions.find(status.conditions(), type)
                .map(Condition::getStatus)
                .filter("False"::equals)
                .isPresent();
    }
}
