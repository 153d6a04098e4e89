package rl.ballast.operator.pool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.pods.Ending;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodReading;
import rl.ballast.operator.pods.PodState;

/// Decides which engine pods there must be. Pure. Engines are independent: each index has one live pod; one that is
/// going is replaced at once, and so is the first that ends by itself; those that end again and again, as where a node
/// rejects them, are made after growing pauses. Outdated ones go one after another, the next when all others are ready.
public final class EnginePlanner {
    private final EngineObserved observed;
    private final List<EngineDecision.Start> create = new ArrayList<>();
    private final List<String> delete = new ArrayList<>();
    private final List<String> roll = new ArrayList<>();
    private final List<PodFacts> serving = new ArrayList<>();
    private final List<PodFacts> pausing = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();

    private EnginePlanner(EngineObserved observed) {
        this.observed = observed;
    }

    public static EngineDecision plan(EngineObserved observed) {
        return new EnginePlanner(observed).plan();
    }

    private EngineDecision plan() {
        for (int index = 0; index < observed.replicas(); index++) {
            planIndex(index);
        }
        observed.pods().stream()
                .filter(pod -> pod.key().index() >= observed.replicas())
                .filter(pod -> !(pod.state() instanceof PodState.Terminating))
                .forEach(pod -> delete.add(pod.name()));
        List<PodFacts> outdated = serving.stream()
                .filter(pod -> !pod.revision().equals(observed.revision()))
                .toList();
        roll(outdated);
        PodState.@Nullable Waiting waiting = waiting();
        if (waiting != null && !waiting.stuck()) {
            pauses.add(PodReading.SET_UP); // Kubernetes says nothing new of a pod that its node cannot set up
        }
        return new EngineDecision(
                create,
                delete,
                roll,
                (int) serving.stream().filter(PodFacts::ready).count(),
                serving.size(),
                outdated.size(),
                observed.pods().stream().mapToInt(PodFacts::restarts).sum(),
                null,
                waiting,
                trouble(),
                pauses.stream().min(Duration::compareTo));
    }

    private void planIndex(int index) {
        List<PodFacts> pods = observed.pods().stream()
                .filter(pod -> pod.key().index() == index)
                .sorted(Comparator.comparingInt((PodFacts pod) -> pod.key().attempt())
                        .reversed())
                .toList();
        Optional<PodFacts> kept =
                pods.stream().filter(PodFacts::live).findFirst().or(() -> pausing(pods));
        pods.stream()
                .filter(pod -> kept.isEmpty() || !pod.key().equals(kept.get().key()))
                .filter(pod -> !(pod.state() instanceof PodState.Terminating))
                .forEach(pod -> delete.add(pod.name()));
        if (kept.isEmpty()) {
            create.add(next(index, pods));
        } else if (kept.get().live()) {
            serving.add(kept.get());
        } else {
            pausing.add(kept.get());
        }
    }

    private EngineDecision.Start next(int index, List<PodFacts> pods) {
        if (pods.isEmpty()) {
            return new EngineDecision.Start(index, 1);
        }
        PodFacts newest = pods.getFirst();
        return new EngineDecision.Start(index, newest.key().attempt() + 1, ends(newest));
    }

    /// The newest, if it has ended and it is too early for another: it stays for people to see why.
    private Optional<PodFacts> pausing(List<PodFacts> pods) {
        if (pods.isEmpty()) {
            return Optional.empty();
        }
        PodFacts newest = pods.getFirst();
        Duration left = Duration.between(
                observed.now(), newest.created().plus(observed.rules().delay(ends(newest))));
        if (!left.isPositive()) {
            return Optional.empty();
        }
        pauses.add(left);
        return Optional.of(newest);
    }

    /// How many have ended by themselves, this one included; none if somebody takes it away. What was there for longer
    /// than any pause came up, and starts the count anew.
    private int ends(PodFacts pod) {
        if (pod.state() instanceof PodState.Terminating) {
            return 0;
        }
        Instant settled = pod.created().plus(observed.rules().maxDelay().multipliedBy(2));
        return observed.now().isAfter(settled) ? 1 : pod.endedBefore() + 1;
    }

    /// At most one healthy engine is away at a time; an outdated one that does not serve is no loss.
    private void roll(List<PodFacts> outdated) {
        outdated.stream().filter(pod -> !pod.ready()).forEach(pod -> roll.add(pod.name()));
        boolean allServe = create.isEmpty()
                && serving.size() == observed.replicas()
                && serving.stream().allMatch(PodFacts::ready);
        if (allServe) {
            outdated.stream()
                    .max(Comparator.comparingInt(pod -> pod.key().index()))
                    .ifPresent(pod -> roll.add(pod.name()));
        }
    }

    private PodState.@Nullable Waiting waiting() {
        return serving.stream()
                .map(PodFacts::state)
                .filter(PodState.Waiting.class::isInstance)
                .map(PodState.Waiting.class::cast)
                .max((a, b) -> Boolean.compare(a.stuck(), b.stuck()))
                .orElse(null);
    }

    private @Nullable String trouble() {
        return Stream.concat(
                        pausing.stream().map(this::ended),
                        serving.stream()
                                .map(PodFacts::state)
                                .filter(PodState.Running.class::isInstance)
                                .map(state -> ((PodState.Running) state).trouble())
                                .filter(Objects::nonNull)
                                .map(Ending::message))
                .findFirst()
                .orElse(null);
    }

    private String ended(PodFacts pod) {
        String why = pod.state() instanceof PodState.Failed(Ending ending)
                ? "%s: %s".formatted(ending.reason(), ending.message())
                : "Succeeded";
        return "pod %s has ended, as %d before it: %s. The next one is made after a pause"
                .formatted(pod.name(), pod.endedBefore(), why);
    }
}
