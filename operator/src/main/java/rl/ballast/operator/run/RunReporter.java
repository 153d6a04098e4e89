package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.events.Transition;
import rl.ballast.operator.metrics.RunMeters;
import rl.ballast.operator.objects.StillLeaving;
import rl.ballast.operator.pods.PodReading;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.StatusBook;
import rl.ballast.operator.status.StatusWriter;

/// Writes the status of a run when it has changed, and an event when the run's reason has.
final class RunReporter {
    /// What nobody needs an event for on the way up: the ordinary way to the next state. A run that was ready has lost
    /// something.
    private static final Set<String> QUIET =
            Set.of("Starting", "WaitingForEngines", "WaitingForPool", StillLeaving.REASON, PodReading.VOLUME_PENDING);

    /// Conditions that become an event when they turn False; the run goes on.
    private static final List<ConditionType> HEALTH =
            List.of(ConditionType.PolicyStable, ConditionType.TracesHealthy, ConditionType.WeightsCurrent);

    private final StatusWriter writer;
    private final EventWriter events;
    private final StatusBook<RLRunStatus> book;
    private final RunMeters meters;
    private final OperatorSettings settings;

    RunReporter(
            KubernetesClient client,
            EventWriter events,
            StatusBook<RLRunStatus> book,
            RunMeters meters,
            OperatorSettings settings) {
        this.writer = new StatusWriter(client);
        this.events = events;
        this.book = book;
        this.meters = meters;
        this.settings = settings;
    }

    /// @param settling whether the run is on its way up and likely to be there in a moment: then the first status, for
    ///     which the schema has a default until then, waits for it
    /// @return when to come again for a write that was put off
    Optional<Duration> report(
            RLRun run, @Nullable RLRunStatus before, RLRunStatus status, boolean settling, Instant now) {
        meters.saw(run, status);
        if (status.equals(before) || (settling && before == null)) {
            return Optional.empty();
        }
        if (before != null && conditionsSame(before, status)) {
            Optional<Duration> left = book.age(run, now)
                    .map(age -> settings.progress().statusInterval().minus(age))
                    .filter(Duration::isPositive);
            if (left.isPresent()) {
                return left;
            }
        }
        String version = writer.write(run, new RLRun(), status);
        book.wrote(run, run.getMetadata().getUid(), status, version, now);
        meters.wrote(run, before, status, now);
        event(run, before, status, now);
        warnings(run, before, status, now);
        return Optional.empty();
    }

    /// Messages may carry counts; a change of those alone can wait.
    private static boolean conditionsSame(RLRunStatus before, RLRunStatus status) {
        return Objects.equals(before.observedGeneration(), status.observedGeneration())
                && keys(before.conditions()).equals(keys(status.conditions()));
    }

    private static List<String> keys(@Nullable List<Condition> conditions) {
        return conditions == null
                ? List.of()
                : conditions.stream()
                        .map(c -> "%s=%s/%s".formatted(c.getType(), c.getStatus(), c.getReason()))
                        .toList();
    }

    /// What has got worse. What ends the run is an event already.
    private void warnings(RLRun run, @Nullable RLRunStatus before, RLRunStatus status, Instant now) {
        String told = Conditions.find(status.conditions(), ConditionType.Ready)
                .map(Condition::getReason)
                .orElse("");
        for (ConditionType type : HEALTH) {
            if (before == null || bad(before, type).isEmpty()) {
                bad(status, type)
                        .filter(sign -> !sign.getReason().equals(told))
                        .ifPresent(sign -> events.write(
                                run, true, sign.getReason(), "Train", String.valueOf(sign.getMessage()), now));
            }
        }
    }

    private static Optional<Condition> bad(RLRunStatus status, ConditionType type) {
        return Conditions.find(status.conditions(), type).filter(condition -> "False".equals(condition.getStatus()));
    }

    private void event(RLRun run, @Nullable RLRunStatus before, RLRunStatus status, Instant now) {
        List<Condition> known = before == null ? null : before.conditions();
        Set<String> quiet = Conditions.isTrue(known, ConditionType.Ready) ? Set.of() : QUIET;
        Transition.between(known, status.conditions(), quiet).ifPresent(change -> events.write(run, change, now));
    }
}
