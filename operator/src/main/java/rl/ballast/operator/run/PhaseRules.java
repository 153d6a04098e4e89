package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.learner.LearnerDecision.Outcome;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.pool.PoolStatusBuilder;
import rl.ballast.operator.status.Phase;
import rl.ballast.protocol.wire.LearnerProgress;

/// Where a run is that has not ended. Pure.
final class PhaseRules {
    private PhaseRules() {}

    static Phase of(
            RunObserved observed, LearnerDecision learner, @Nullable EngineDecision engines, int ready, int desired) {
        if (observed.spec().suspend()) {
            return new Phase.Suspended("Suspended", "spec.suspend is set: no pods, the store is kept");
        }
        if (!observed.holdsPool()) {
            return withoutPool(observed);
        }
        if (observed.spec().learner().suspend()) {
            return new Phase.Suspended("LearnerSuspended", "spec.learner.suspend is set: the engines wait");
        }
        return switch (learner.outcome()) {
            case Outcome.Waiting(String reason, String message, boolean stuck)
            when stuck -> new Phase.Blocked(reason, "learner: " + message);
            case Outcome.Waiting(String reason, String message, boolean _) ->
                stuckEngine(observed, engines)
                        .orElseGet(() -> new Phase.Progressing(
                                "Starting",
                                "learner: %s %s".formatted(reason, message).strip()));
            case Outcome.Restarting(String reason, String message) ->
                new Phase.Progressing("Restarting", "%s: %s".formatted(reason, message));
            case Outcome.Running(boolean up) -> running(observed, engines, up, ready, desired);
            case Outcome.Suspended _, Outcome.Complete _, Outcome.Failed _ ->
                new Phase.Progressing("Starting", "pods are being made");
        };
    }

    private static Phase withoutPool(RunObserved observed) {
        RolloutPool pool = observed.pool();
        if (!observed.sharesPool()) {
            return new Phase.Progressing("Starting", "objects are being made");
        }
        String name = RunInterpretation.poolName(observed.run());
        if (pool == null) {
            return new Phase.Blocked(
                    "PoolNotFound", "no RolloutPool '%s' in namespace %s".formatted(name, observed.namespace()));
        }
        Optional<String> owner = Owners.controller(pool)
                .filter(reference -> reference.getKind().equals("RLRun"))
                .map(OwnerReference::getName);
        if (owner.isPresent()) {
            return new Phase.Blocked(
                    "PoolNotShared",
                    "RolloutPool '%s' is run %s's own: name a pool that no run owns".formatted(name, owner.get()));
        }
        String holder = pool.getStatus() == null ? null : pool.getStatus().heldBy();
        return holder == null
                ? new Phase.Progressing("WaitingForPool", "pool %s has not chosen a run yet".formatted(name))
                : new Phase.Blocked(
                        "PoolInUse", "pool %s serves run %s; this run waits its turn".formatted(name, holder));
    }

    private static Phase running(
            RunObserved observed, @Nullable EngineDecision engines, boolean learnerUp, int ready, int desired) {
        if (observed.pool() != null && observed.pool().getSpec().suspend()) {
            return new Phase.Suspended("EnginesSuspended", "the engines are suspended: the learner waits");
        }
        if (!learnerUp) {
            return new Phase.Progressing(
                    "Starting",
                    observed.step() == 0
                            ? "the learner has not answered yet"
                            : "the learner does not answer; step %d is the last that is known"
                                    .formatted(observed.step()));
        }
        if (ready == 0) {
            return noEngine(observed, engines, desired);
        }
        return ready < desired
                ? new Phase.Ready("Degraded", "%d of %d engines are ready".formatted(ready, desired))
                : new Phase.Ready("Running", "learner and %d engines are ready".formatted(ready));
    }

    /// An engine that waits for a person; of a shared pool, what its status says.
    private static Optional<Phase> stuckEngine(RunObserved observed, @Nullable EngineDecision engines) {
        if (engines == null) {
            return Optional.ofNullable(observed.pool()).flatMap(PoolStatusBuilder::trouble);
        }
        return Optional.ofNullable(engines.waiting())
                .filter(PodState.Waiting::stuck)
                .map(waiting -> new Phase.Blocked(waiting.reason(), "engine: " + waiting.message()));
    }

    private static Phase noEngine(RunObserved observed, @Nullable EngineDecision engines, int desired) {
        Optional<Phase> stuck = stuckEngine(observed, engines);
        if (stuck.isPresent()) {
            return stuck.get();
        }
        String trouble = engines == null ? null : engines.trouble();
        Optional<String> early = observed.progress().flatMap(LearnerProgress::beforeFirstWeights);
        if (trouble == null && early.isPresent()) {
            return new Phase.Progressing(
                    "Starting", "learner: %s; the engines wait for its weights".formatted(early.get()));
        }
        return trouble == null
                ? new Phase.Progressing(
                        "WaitingForEngines", "0 of %d engines hold a verified policy version".formatted(desired))
                : new Phase.Blocked("EngineFailing", trouble);
    }
}
