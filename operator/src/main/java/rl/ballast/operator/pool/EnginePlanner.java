package rl.ballast.operator.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import rl.ballast.operator.pods.Ending;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodState;

/// Decides which engine pods there must be. Pure. Engines are independent: each index has one live pod; one that is
/// going is replaced at once; outdated ones go one after another, the next when all others are ready.
public final class EnginePlanner {
    private final EngineObserved observed;
    private final List<EngineDecision.Start> create = new ArrayList<>();
    private final List<String> delete = new ArrayList<>();
    private final List<String> roll = new ArrayList<>();
    private final List<PodFacts> serving = new ArrayList<>();

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
        return new EngineDecision(
                create,
                delete,
                roll,
                (int) serving.stream().filter(PodFacts::ready).count(),
                serving.size(),
                outdated.size(),
                observed.pods().stream().mapToInt(PodFacts::restarts).sum(),
                null,
                waiting(),
                trouble());
    }

    private void planIndex(int index) {
        List<PodFacts> pods = observed.pods().stream()
                .filter(pod -> pod.key().index() == index)
                .sorted(Comparator.comparingInt((PodFacts pod) -> pod.key().attempt())
                        .reversed())
                .toList();
        Optional<PodFacts> live = pods.stream().filter(PodFacts::live).findFirst();
        pods.stream()
                .filter(pod -> live.isEmpty() || !pod.key().equals(live.get().key()))
                .filter(pod -> !(pod.state() instanceof PodState.Terminating))
                .forEach(pod -> delete.add(pod.name()));
        if (live.isPresent()) {
            serving.add(live.get());
            return;
        }
        int attempt = pods.isEmpty() ? 1 : pods.getFirst().key().attempt() + 1;
        create.add(new EngineDecision.Start(index, attempt));
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

    private PodState.@org.jspecify.annotations.Nullable Waiting waiting() {
        return serving.stream()
                .map(PodFacts::state)
                .filter(PodState.Waiting.class::isInstance)
                .map(PodState.Waiting.class::cast)
                .max((a, b) -> Boolean.compare(a.stuck(), b.stuck()))
                .orElse(null);
    }

    private @org.jspecify.annotations.Nullable String trouble() {
        return serving.stream()
                .map(PodFacts::state)
                .filter(PodState.Running.class::isInstance)
                .map(state -> ((PodState.Running) state).trouble())
                .filter(Objects::nonNull)
                .map(Ending::message)
                .findFirst()
                .orElse(null);
    }
}
