package rl.ballast.operator.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.PodKey;
import rl.ballast.operator.pods.PodPlan;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.store.ClaimRenderer;

/// The pods that a decision asks for. Pure.
public final class RunPods {
    private final PodRenderer renderer;

    public RunPods(PodRenderer renderer) {
        this.renderer = renderer;
    }

    /// @throws IllegalArgumentException if a template is no pod template
    List<Pod> learner(RunObserved observed, RunDecision decision, LearnerGroup group, RolloutPool pool) {
        LearnerDecision learner = Objects.requireNonNull(decision.learner());
        return learner.ranks().stream()
                .map(rank -> learner(observed, decision, group, pool, rank, learner.attempt()))
                .map(renderer::render)
                .toList();
    }

    /// Empty for a shared pool.
    ///
    /// @throws IllegalArgumentException if a template is no pod template
    List<Pod> engines(RunObserved observed, RunDecision decision, RolloutPool pool) {
        EngineDecision engines = decision.engines();
        return engines == null
                ? List.of()
                : engines.create().stream()
                        .map(start -> engine(observed, decision, pool, start))
                        .map(renderer::render)
                        .toList();
    }

    static PodPlan learner(
            RunObserved observed, RunDecision decision, LearnerGroup group, RolloutPool pool, int rank, int attempt) {
        RunPlan plan = Objects.requireNonNull(decision.plan());
        return new PodPlan(
                new PodKey(observed.name(), Role.LEARNER, rank, attempt),
                observed.namespace(),
                observed.name(),
                null,
                Owners.of(group),
                plan.learner(),
                plan.fetch(),
                plan.imageCopies(),
                claim(pool),
                observed.name(),
                observed.name(),
                observed.spec().learner().template(),
                RunInterpretation.revision(observed.spec().learner()),
                0);
    }

    static PodPlan engine(RunObserved observed, RunDecision decision, RolloutPool pool, EngineDecision.Start start) {
        return engine(
                observed.namespace(),
                observed.name(),
                pool.getMetadata().getName(),
                Owners.of(pool),
                Objects.requireNonNull(decision.plan()),
                claim(pool),
                pool.getSpec().template(),
                RunInterpretation.revision(pool, observed.name()),
                start);
    }

    private static String claim(RolloutPool pool) {
        return ClaimRenderer.name(pool.getMetadata().getName(), pool.getSpec().storage());
    }

    /// @param run empty for a pool that no run owns
    public static PodPlan engine(
            String namespace,
            String run,
            String pool,
            OwnerReference owner,
            RunPlan plan,
            String claim,
            @Nullable ObjectNode template,
            String revision,
            EngineDecision.Start start) {
        return new PodPlan(
                new PodKey(pool, Role.ENGINE, start.index(), start.attempt()),
                namespace,
                run,
                pool,
                owner,
                plan.engines().getFirst(),
                null,
                List.of(),
                claim,
                pool,
                pool,
                template,
                revision,
                start.endedBefore());
    }
}
