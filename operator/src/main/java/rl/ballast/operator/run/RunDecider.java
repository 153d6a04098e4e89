package rl.ballast.operator.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.crds.check.ModelChecks;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.learner.LearnerObserved;
import rl.ballast.operator.learner.LearnerPlanner;
import rl.ballast.operator.learner.RestartRules;
import rl.ballast.operator.objects.Applier;
import rl.ballast.operator.objects.StillLeaving;
import rl.ballast.operator.pods.Departure;
import rl.ballast.operator.pods.PodReading;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.pool.EngineObserved;
import rl.ballast.operator.pool.EnginePlanner;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;

/// From what is observed of a run to what is to be done. Pure.
public final class RunDecider {
    private final RunObserved observed;
    private final OperatorSettings settings;
    private final RLRunSpec spec;

    private RunDecider(RunObserved observed, OperatorSettings settings) {
        this.observed = observed;
        this.settings = settings;
        this.spec = observed.spec();
    }

    public static RunDecision decide(RunObserved observed, OperatorSettings settings) {
        return new RunDecider(observed, settings).decide();
    }

    private RunDecision decide() {
        Phase ended = ended();
        Optional<RunDecision> hindered = ended == null ? hindered() : Optional.empty();
        if (hindered.isPresent()) {
            return hindered.get();
        }
        RunPlan plan;
        try {
            plan = RunInterpretation.plan(
                    observed.run(),
                    observed.pool() == null ? null : observed.pool().getSpec(),
                    RunInterpretation.poolName(observed.run()),
                    settings,
                    "",
                    0);
            requireThatTheModelFits();
        } catch (InvalidSpec e) {
            return RunDecision.idle(new Phase.Refused("InvalidSpec", String.valueOf(e.getMessage())), Optional.empty());
        }
        boolean wanted = ended == null && !spec.suspend() && observed.holdsPool();
        LearnerDecision learner =
                LearnerPlanner.plan(learner(wanted && !spec.learner().suspend()));
        if (ended == null
                && learner.outcome() instanceof LearnerDecision.Outcome.Failed(String reason, String message)) {
            ended = new Phase.Failed(reason, message);
        } else if (ended == null && learner.outcome() instanceof LearnerDecision.Outcome.Complete) {
            ended = new Phase.Complete("Complete", "trained %d steps".formatted(spec.steps()));
        }
        EngineDecision engines = engines(wanted && ended == null);
        int desired = desiredEngines();
        int ready = engines == null ? sharedReady() : engines.ready();
        Phase phase = ended == null ? PhaseRules.of(observed, learner, engines, ready, desired) : ended;
        RunDecision decision =
                new RunDecision(plan, learner, engines, desired, ready, phase, wakeUp(learner, engines, phase));
        return ended == null && (begins() || !learner.ranks().isEmpty()) ? withRoom(decision) : decision;
    }

    /// Whether a run is to start of which nothing is there yet.
    private boolean begins() {
        return observed.group() == null && !spec.suspend() && !spec.learner().suspend();
    }

    /// No learner is started that would find its volume too small. Before the claim is made nothing is: any class of
    /// storage can still serve a larger one.
    private RunDecision withRoom(RunDecision decision) {
        Optional<Phase.Blocked> tooSmall = VolumeCheck.tooSmall(observed, settings);
        if (tooSmall.isEmpty()) {
            return decision;
        }
        return observed.claim() == null && !observed.sharesPool()
                ? RunDecision.idle(tooSmall.get(), Optional.empty())
                : decision.withheld(tooSmall, tooSmall);
    }

    /// What only the model shows, where it is a preset.
    private void requireThatTheModelFits() {
        List<Problem> problems = VolumeCheck.shape(spec).stream()
                .flatMap(shape -> ModelChecks.check(spec, shape).stream())
                .filter(Problem::isError)
                .toList();
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
    }

    /// By what is there under the run's name and not its own.
    private Optional<RunDecision> hindered() {
        Others others = observed.others();
        if (others.taken().isPresent()) {
            Others.Taken taken = others.taken().get();
            Phase refused = new Phase.Refused("NameTaken", Applier.NameTaken.message(taken.kind(), taken.name()));
            return Optional.of(RunDecision.idle(refused, Optional.empty()));
        }
        return others.leaving().isEmpty()
                ? Optional.empty()
                : Optional.of(RunDecision.idle(StillLeaving.phase(others.named()), Optional.of(Departure.LOOK)));
    }

    /// What a status says that is over stays over.
    private @Nullable Phase ended() {
        var conditions = observed.status() == null ? null : observed.status().conditions();
        for (ConditionType type : List.of(ConditionType.Complete, ConditionType.Failed)) {
            var condition = Conditions.find(conditions, type);
            if (condition.isPresent() && "True".equals(condition.get().getStatus())) {
                String reason = condition.get().getReason();
                String message = condition.get().getMessage();
                return type == ConditionType.Complete
                        ? new Phase.Complete(reason, message)
                        : new Phase.Failed(reason, message);
            }
        }
        Long deadline = spec.activeDeadlineSeconds();
        Instant start = started();
        if (deadline != null && start != null && !observed.now().isBefore(start.plusSeconds(deadline))) {
            return new Phase.Failed(
                    "DeadlineExceeded", "the run has not ended within activeDeadlineSeconds (%d)".formatted(deadline));
        }
        return null;
    }

    /// Null also while the run is suspended: its time stands still.
    private @Nullable Instant started() {
        return spec.suspend() || observed.status() == null || observed.status().startTime() == null
                ? null
                : Instant.parse(observed.status().startTime());
    }

    private LearnerObserved learner(boolean wanted) {
        LearnerGroupStatus status = observed.groupStatus();
        return new LearnerObserved(
                spec.learner().replicas(),
                wanted,
                observed.pool() != null && observed.pool().getSpec().suspend(),
                observed.pods(Role.LEARNER),
                RunInterpretation.revision(spec.learner()),
                status == null || status.attempt() == null ? 0 : status.attempt(),
                status == null || status.failures() == null ? List.of() : status.failures(),
                observed.step(),
                spec.steps(),
                observed.group() == null ? 0 : observed.group().getSpec().restartLimit(),
                RestartRules.of(settings.restart()),
                observed.now());
    }

    private @Nullable EngineDecision engines(boolean wanted) {
        RolloutPool pool = observed.pool();
        if (observed.sharesPool() || pool == null) {
            return null;
        }
        boolean run = wanted && !pool.getSpec().suspend();
        return EnginePlanner.plan(new EngineObserved(
                run ? spec.rollouts().allowed(pool.getSpec().replicas()) : 0,
                RunInterpretation.revision(pool, observed.name()),
                observed.pods(Role.ENGINE),
                RestartRules.of(settings.restart()),
                observed.now()));
    }

    private int desiredEngines() {
        return observed.pool() == null
                ? spec.rollouts().initialReplicas()
                : spec.rollouts().allowed(observed.pool().getSpec().replicas());
    }

    private int sharedReady() {
        RolloutPool pool = observed.pool();
        RolloutPoolStatus status = pool == null ? null : pool.getStatus();
        return status == null || status.readyReplicas() == null || !observed.holdsPool() ? 0 : status.readyReplicas();
    }

    private Optional<Duration> wakeUp(LearnerDecision learner, @Nullable EngineDecision engines, Phase phase) {
        Stream<Duration> pods = Stream.of(
                        learner.wakeUp(), engines == null ? Optional.<Duration>empty() : engines.wakeUp())
                .flatMap(Optional::stream);
        Stream<Duration> deadline = Stream.empty();
        Instant start = started();
        if (spec.activeDeadlineSeconds() != null && start != null && !phase.terminal()) {
            deadline = Stream.of(Duration.between(observed.now(), start.plusSeconds(spec.activeDeadlineSeconds())));
        }
        // Kubernetes says nothing new of a pod that its node cannot set up.
        Stream<Duration> waiting = observed.pods(Role.LEARNER).stream()
                .filter(pod -> pod.state() instanceof PodState.Waiting wait && !wait.stuck())
                .map(_ -> PodReading.SET_UP);
        return Stream.of(pods, deadline, waiting).flatMap(pause -> pause).min(Duration::compareTo);
    }
}
