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
    /// What nobody needs an event for: the ordinary way to the next state.
    private static final Set<String> QUIET =
            Set.of("Starting", "WaitingForEngines", "WaitingForPool", StillLeaving.REASON, PodReading.VOLUME_PENDING);

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
        writer.write(run, new RLRun(), status);
        book.wrote(run, run.getMetadata().getUid(), status, now);
        meters.wrote(run, before, status, now);
        event(run, before, status, now);
        warning(run, before, status, now);
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

    /// A warning sign of a collapse is an event when it appears; the run goes on.
    private void warning(RLRun run, @Nullable RLRunStatus before, RLRunStatus status, Instant now) {
        if (before != null && unstable(before).isPresent()) {
            return;
        }
        unstable(status)
                .ifPresent(sign ->
                        events.write(run, true, sign.getReason(), "Train", String.valueOf(sign.getMessage()), now));
    }

    private static Optional<Condition> unstable(RLRunStatus status) {
        return Conditions.find(status.conditions(), ConditionType.PolicyStable)
                .filter(condition -> "False".equals(condition.getStatus()));
    }

    private void event(RLRun run, @Nullable RLRunStatus before, RLRunStatus status, Instant now) {
        Transition.between(before == null ? null : before.conditions(), status.conditions(), QUIET)
                .ifPresent(change -> events.write(run, change, now));
    }
}
