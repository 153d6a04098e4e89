package rl.ballast.operator.learner;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import rl.ballast.crds.LearnerGroupStatus.Failure;
import rl.ballast.operator.learner.LearnerDecision.Outcome;
import rl.ballast.operator.pods.Ending;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodState;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.LastWord;

/// Decides which attempt of a learner runs. Pure. All ranks of an attempt start and end together; an attempt
/// that has lost a rank is over, whatever became of the others.
public final class LearnerPlanner {
    static final int MAX_FAILURES = 32;
    private static final String STEPS_LEFT = "StepsLeft";
    private static final String UNAVAILABLE = ExitCode.UNAVAILABLE.name();
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final LearnerObserved observed;
    private final int attempt;
    private final List<PodFacts> current;

    private LearnerPlanner(LearnerObserved observed) {
        this.observed = observed;
        this.attempt =
                observed.pods().stream().mapToInt(pod -> pod.key().attempt()).reduce(observed.attempt(), Math::max);
        this.current = observed.pods().stream()
                .filter(pod -> pod.key().attempt() == attempt && pod.key().index() < observed.ranks())
                .toList();
    }

    public static LearnerDecision plan(LearnerObserved observed) {
        return new LearnerPlanner(observed).plan();
    }

    private LearnerDecision plan() {
        Optional<PodFacts> failed = current.stream()
                .filter(pod -> pod.state() instanceof PodState.Failed)
                .findFirst();
        if (!observed.wanted()) {
            return decision(attempt, List.of(), deleteRunning(), observed.failures(), new Outcome.Suspended());
        }
        if (failed.isPresent()) {
            Ending ending = ((PodState.Failed) failed.get().state()).ending();
            if (!recorded()) {
                return afterEnding(failed.get(), ending);
            }
            if (!ending.retryable()) {
                return failed(observed.failures(), ending.reason(), ending.message());
            }
        }
        if (attempt == 0) {
            return start(1, observed.failures(), new Outcome.Waiting("Starting", "pods are being made", false));
        }
        if (current.size() == observed.ranks()
                && current.stream().allMatch(pod -> pod.state() instanceof PodState.Succeeded)) {
            return afterSuccess();
        }
        if (recorded()) {
            return afterRecord();
        }
        boolean lost = current.size() < observed.ranks()
                || current.stream().anyMatch(pod -> pod.state() instanceof PodState.Terminating);
        if (lost) {
            return afterLoss();
        }
        return current.stream().anyMatch(this::neverStarted) ? replaced() : going();
    }

    /// Whether what a pod waits for may have been mended since. One without a revision is of an earlier operator.
    private boolean neverStarted(PodFacts pod) {
        return outdated(pod) && pod.state() instanceof PodState.Waiting waiting && (waiting.stuck() || !pod.busy());
    }

    private boolean outdated(PodFacts pod) {
        return !pod.revision().isEmpty() && !pod.revision().equals(observed.revision());
    }

    private LearnerDecision replaced() {
        return start(
                        attempt + 1,
                        observed.failures(),
                        new Outcome.Waiting("Starting", "pods are being made as the learner is described now", false))
                .rolling();
    }

    private boolean recorded() {
        return observed.failures().stream().anyMatch(failure -> failure.attempt() == attempt);
    }

    private LearnerDecision afterEnding(PodFacts pod, Ending ending) {
        boolean turnedAway = ending.exitCode() == null && outdated(pod);
        boolean counted = !ending.disruption()
                && !turnedAway
                && !ending.reason().equals("STOPPED")
                && !(observed.enginesSuspended() && ending.reason().equals(UNAVAILABLE));
        List<Failure> failures = with(new Failure(
                attempt,
                ending.exitCode(),
                ending.reason(),
                counted,
                observed.step(),
                observed.now().toString()));
        return ending.retryable()
                ? next(failures, ending.reason(), ending.message())
                : failed(failures, ending.reason(), ending.message());
    }

    /// Starting it again would not help.
    private LearnerDecision failed(List<Failure> failures, String reason, String message) {
        return over(deleteLive(), failures, new Outcome.Failed(FailureReasons.of(reason), message));
    }

    /// Pods that are gone, or are going without having ended: a deletion, a lost node, or a resume after a
    /// suspension.
    private LearnerDecision afterLoss() {
        if (current.isEmpty()) {
            return start(
                    attempt + 1, observed.failures(), new Outcome.Waiting("Starting", "pods are being made", false));
        }
        List<Failure> failures = with(new Failure(
                attempt, null, "PodLost", false, observed.step(), observed.now().toString()));
        return next(failures, "PodLost", "a pod of attempt %d was deleted or its node is lost".formatted(attempt));
    }

    private LearnerDecision afterRecord() {
        Failure last = observed.failures().getLast();
        String reason = String.valueOf(last.reason());
        String message = "attempt %d ended: %s".formatted(last.attempt(), reason);
        return isFinal(last)
                ? failed(observed.failures(), reason, message)
                : next(observed.failures(), reason, message);
    }

    /// Of an ending whose pod is gone.
    private static boolean isFinal(Failure failure) {
        return failure.counted()
                && Optional.ofNullable(failure.exitCode())
                        .flatMap(ExitCode::of)
                        .filter(code -> code != ExitCode.COMPLETE && !code.retryable())
                        .isPresent();
    }

    private LearnerDecision next(List<Failure> failures, String reason, String message) {
        int spent = recent(failures, Failure::counted);
        if (spent > observed.limit()) {
            return over(
                    deleteLive(),
                    failures,
                    new Outcome.Failed(
                            "RestartBudgetExhausted",
                            "%d failures without a new step (restartLimit %d); the last: %s"
                                    .formatted(spent, observed.limit(), message)));
        }
        Outcome outcome = new Outcome.Restarting(reason, message);
        Duration left = Duration.between(
                observed.now(),
                Instant.parse(String.valueOf(failures.getLast().time()))
                        .plus(observed.rules().delay(recent(failures, LearnerPlanner::delays))));
        if (left.isPositive()) {
            return new LearnerDecision(
                    attempt, List.of(), deleteRunning(), List.of(), failures, outcome, Optional.of(left));
        }
        return start(attempt + 1, failures, outcome);
    }

    /// Also what costs no budget: pods that something takes away again and again. A learner that waits for suspended
    /// engines is to be there when they come.
    private static boolean delays(Failure failure) {
        return failure.counted() || !UNAVAILABLE.equals(failure.reason());
    }

    /// Failures of a kind that made no progress and are young.
    private int recent(List<Failure> failures, Predicate<Failure> kind) {
        Instant oldest = observed.now().minus(observed.rules().window());
        return (int) failures.stream()
                .filter(kind)
                .filter(failure -> failure.step() >= observed.step())
                .filter(failure -> Instant.parse(String.valueOf(failure.time())).isAfter(oldest))
                .count();
    }

    /// A learner that ended before the steps were raised goes on with the new number, which costs nothing; one that
    /// ends so again without a new step has failed.
    private LearnerDecision afterSuccess() {
        Optional<Integer> trained = current.stream()
                .flatMap(pod -> pod.lastWord().stream())
                .map(LastWord::step)
                .findFirst();
        if (trained.filter(step -> step < observed.steps()).isEmpty()) {
            return over(deleteOld(attempt), observed.failures(), new Outcome.Complete());
        }
        boolean again = observed.failures().stream()
                .anyMatch(failure -> STEPS_LEFT.equals(failure.reason()) && failure.step() >= observed.step());
        List<Failure> failures = recorded()
                ? observed.failures()
                : with(new Failure(
                        attempt,
                        0,
                        STEPS_LEFT,
                        again,
                        observed.step(),
                        observed.now().toString()));
        return next(failures, STEPS_LEFT, "trained %d of %d steps".formatted(trained.get(), observed.steps()));
    }

    private LearnerDecision going() {
        Optional<PodState.Waiting> waiting = current.stream()
                .flatMap(pod -> pod.state() instanceof PodState.Waiting wait ? Stream.of(wait) : Stream.empty())
                .max((a, b) -> Boolean.compare(a.stuck(), b.stuck()));
        Outcome outcome = waiting.<Outcome>map(wait -> new Outcome.Waiting(wait.reason(), wait.message(), wait.stuck()))
                .orElseGet(() -> new Outcome.Running(
                        current.stream().allMatch(pod -> pod.ready() || pod.state() instanceof PodState.Succeeded)));
        List<String> delete = new ArrayList<>(deleteOld(attempt - 1));
        names(pod -> pod.key().attempt() == attempt - 1 && pod.live()).forEach(delete::add); // came late
        return decision(attempt, List.of(), delete, observed.failures(), outcome);
    }

    /// Makes every rank of an attempt. What still lives of older ones is deleted; what has ended stays one attempt
    /// long, for its log.
    private LearnerDecision start(int next, List<Failure> failures, Outcome outcome) {
        List<String> delete = new ArrayList<>(deleteRunning());
        deleteOld(next - 1).stream().filter(name -> !delete.contains(name)).forEach(delete::add);
        return decision(next, IntStream.range(0, observed.ranks()).boxed().toList(), delete, failures, outcome);
    }

    /// No further attempt. A learner's pod in which another container still runs is left until the status has its last
    /// word, and deleted then, as no pod is wanted any more.
    private LearnerDecision over(List<String> delete, List<Failure> failures, Outcome outcome) {
        boolean lingers = current.stream().anyMatch(pod -> pod.busy() && !pod.live());
        return new LearnerDecision(
                attempt,
                List.of(),
                delete,
                List.of(),
                failures,
                outcome,
                lingers ? Optional.of(LINGER) : Optional.empty());
    }

    private List<String> deleteLive() {
        return names(PodFacts::live);
    }

    private List<String> deleteRunning() {
        return names(pod -> pod.live() || pod.busy());
    }

    private List<String> deleteOld(int below) {
        return names(pod -> pod.key().attempt() < below && !(pod.state() instanceof PodState.Terminating));
    }

    private List<String> names(Predicate<PodFacts> which) {
        return observed.pods().stream().filter(which).map(PodFacts::name).toList();
    }

    /// As many as the status keeps. The budget is about those that count, so that others go first.
    private List<Failure> with(Failure failure) {
        List<Failure> all = new ArrayList<>(observed.failures());
        if (all.size() >= MAX_FAILURES) {
            all.remove(
                    all.stream().filter(known -> !known.counted()).findFirst().orElseGet(all::getFirst));
        }
        all.add(failure);
        return all;
    }

    private static LearnerDecision decision(
            int attempt, List<Integer> ranks, List<String> delete, List<Failure> failures, Outcome outcome) {
        return new LearnerDecision(attempt, ranks, delete, List.of(), failures, outcome, Optional.empty());
    }
}
