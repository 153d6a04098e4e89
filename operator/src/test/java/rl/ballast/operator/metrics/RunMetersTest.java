package rl.ballast.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

class RunMetersTest {
    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RunMeters meters = new RunMeters(registry);

    @Test
    void countsRunsByStateWithoutTheirNames() {
        meters.saw(run("a"), status(1, 0, ConditionType.Ready));
        meters.saw(run("b"), status(2, 0, ConditionType.Complete, ConditionType.Ready));
        meters.saw(run("c"), status(0, 0));
        assertThat(runs("ready")).isEqualTo(1);
        assertThat(runs("complete")).isEqualTo(1);
        assertThat(runs("progressing")).isEqualTo(1);
        assertThat(registry.get("ballast.runs.newest.policy.version").gauge().value())
                .isEqualTo(3);

        meters.retain("uid-a"::equals);
        assertThat(runs("complete") + runs("progressing")).isZero();
        assertThat(registry.getMeters())
                .allSatisfy(meter -> assertThat(meter.getId().getTags().stream().map(tag -> tag.getKey()))
                        .isSubsetOf("state"));
    }

    @Test
    void countsWhatHappensOnce() {
        RLRun run = run("a");
        RLRunStatus first = status(0, 0);
        RLRunStatus second = status(0, 0, ConditionType.Ready);
        RLRunStatus third = status(3, 1, ConditionType.Ready);
        meters.wrote(run, null, first, CREATED);
        meters.wrote(run, first, second, CREATED.plusSeconds(30));
        meters.wrote(run, second, third, CREATED.plusSeconds(60));
        meters.wrote(run, third, status(3, 1), CREATED.plusSeconds(70));
        meters.wrote(run, status(3, 1), third, CREATED.plusSeconds(80));
        var ready = registry.get("ballast.run.time.to.ready").timer();
        assertThat(ready.count()).isEqualTo(1);
        assertThat(ready.totalTime(TimeUnit.SECONDS)).isEqualTo(30);
        assertThat(registry.get("ballast.run.steps").counter().count()).isEqualTo(3);
        assertThat(registry.get("ballast.learner.restarts").counter().count()).isEqualTo(1);
    }

    @Test
    void measurementsOfRunsAtRestAreNotOfNow() {
        for (ConditionType rest :
                List.of(ConditionType.Complete, ConditionType.Failed, ConditionType.Suspended, ConditionType.Ready)) {
            meters.saw(run(rest.name()), troubled(rest));
        }

        assertThat(gauge("ballast.runs.largest.lag")).isEqualTo(1);
        assertThat(gauge("ballast.runs.trace")).isEqualTo(1);
        assertThat(gauge("ballast.runs.behind")).isEqualTo(1);
        assertThat(gauge("ballast.runs.missing.routes")).isEqualTo(1);

        meters.retain("uid-Complete"::equals);
        assertThat(gauge("ballast.runs.largest.lag")).isZero();
        assertThat(gauge("ballast.runs.trace")).isZero();
        assertThat(gauge("ballast.runs.behind")).isZero();
        assertThat(gauge("ballast.runs.missing.routes")).isZero();
    }

    @Test
    void countsRestartsOfEnginesWhateverPodsTheyHave() {
        RLRun run = run("a");
        // Seven from before this operator; two more; a pod that goes takes its own with it; one more.
        for (int shown : new int[] {7, 9, 9, 2, 3}) {
            meters.sawEngines(run, shown);
        }
        meters.sawEngines(run("b"), 5);

        assertThat(registry.get("ballast.engine.restarts").counter().count()).isEqualTo(3);
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    private double runs(String state) {
        return registry.get("ballast.runs").tag("state", state).gauge().value();
    }

    private static RLRun run(String name) {
        RLRun run = new RLRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withUid("uid-" + name)
                .withCreationTimestamp(CREATED.toString())
                .build());
        return run;
    }

    /// One version of lag, one byte of traces, weights behind and routes missing.
    private static RLRunStatus troubled(ConditionType holding) {
        var conditions = new Conditions(null, 1L, CREATED);
        conditions.set(holding, true, "Test", "");
        conditions.set(ConditionType.WeightsCurrent, false, "Behind", "");
        conditions.set(ConditionType.TracesHealthy, false, "RoutesMissing", "");
        return status(1, 0, 1, 1L, conditions);
    }

    private static RLRunStatus status(int step, int restarts, ConditionType... holding) {
        var conditions = new Conditions(null, 1L, CREATED);
        List.of(holding).forEach(type -> conditions.set(type, true, "Test", ""));
        return status(step, restarts, null, null, conditions);
    }

    private static RLRunStatus status(
            int step, int restarts, @Nullable Integer lag, @Nullable Long traceBytes, Conditions conditions) {
        @Nullable Long version = step + 1L;
        return new RLRunStatus(
                1L,
                conditions.list(),
                step,
                version,
                1,
                lag,
                null,
                null,
                null,
                null,
                null,
                traceBytes,
                null,
                restarts,
                null,
                null,
                null,
                null);
    }
}
