package rl.ballast.trainer.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.modeling.torch.RouteConsumption;
import rl.ballast.protocol.objective.EngineMismatch;
import rl.ballast.protocol.objective.GroupAdvantage;
import rl.ballast.protocol.objective.TokenObjective;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.recipe.ReplayDecision;
import rl.ballast.protocol.recipe.ReplayMode;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.Phase;
import rl.ballast.trainer.StopSignal;
import rl.ballast.trainer.optimizer.AdamW;
import rl.ballast.trainer.rollouts.JudgedStep;
import rl.ballast.trainer.rollouts.Rollout;

/// Trains on the judged rollouts of one step: proximal pass, diagnostics, then the mini-batch updates. The weights move
/// only in the updates.
public final class TrainStep {
    private final Policy policy;
    private final Recipe recipe;
    private final ReplayDecision replay;
    private final int passesPerUpdate;
    private final ProximalPass proximal;
    private final MiniBatchUpdate update;
    private final StopSignal stop;
    private final Phase.Listener phases;
    private boolean weightsMoved;

    /// @param maxMicroBatchTokens of one forward pass
    /// @param activationRecompute whether a backward pass runs layers again, and so consumes routes once
    ///        more
    public TrainStep(
            Policy policy,
            Recipe recipe,
            ReplayDecision replay,
            AdamW optimizer,
            int maxMicroBatchTokens,
            boolean activationRecompute,
            StopSignal stop,
            Phase.Listener phases) {
        this.policy = policy;
        this.recipe = recipe;
        this.replay = replay;
        this.passesPerUpdate = activationRecompute ? 2 : 1;
        this.phases = phases;
        double temperature = recipe.sampling().temperature();
        this.proximal = new ProximalPass(policy, temperature, maxMicroBatchTokens, stop);
        this.update =
                new MiniBatchUpdate(policy, optimizer, TokenObjective.of(recipe), temperature, maxMicroBatchTokens);
        this.stop = stop;
    }

    /// Whether an update of the current step has been applied: the weights are then those of no complete
    /// state.
    boolean weightsMoved() {
        return weightsMoved;
    }

    void stepIsComplete() {
        weightsMoved = false;
    }

    /// @param epoch of this learner
    /// @param withLive also measures the mismatch with replay off (R3)
    /// @param unsaved whether finished steps are in no checkpoint: a stop then waits for the end of this one, since
    ///        the weights that could be saved are gone once an update has moved them
    StepMetrics train(JudgedSteps.Ready ready, long epoch, boolean withLive, boolean unsaved, PhaseTimes times) {
        JudgedStep judged = ready.judged();
        RecordedRoutes routes = ready.routes();
        int step = judged.header().step();
        RouteConsumption before = policy.routeConsumption();
        var responses = withAdvantages(judged, routes.routes());
        var decision = RouteDecision.of(step, responses, routes.unknown(), replay.mode(), recipe.replay());
        phases.entered(Phase.PROXIMAL, step, 0);
        List<ScoredResponse> scored = times.time("proximal", () -> proximal.score(decision.responses(), replay.mode()));
        EngineMismatch.Summary live = withLive && replay.mode() == ReplayMode.R3
                ? times.time(
                        "proximal",
                        () -> Diagnostics.mismatch(step, proximal.score(decision.responses(), ReplayMode.NONE)))
                : null;
        phases.entered(Phase.DIAGNOSTICS, step, 0);
        var diagnostics = Diagnostics.of(step, scored, policy.config());
        List<MiniBatchUpdate.Outcome> outcomes = times.time("update", () -> updates(step, scored, unsaved));
        long expected = expectedConsumption(scored, outcomes);
        RouteConsumption used = difference(before, policy.routeConsumption());
        checkConsumption(step, used, expected);
        return metrics(ready, epoch, scored, diagnostics, live, decision, outcomes, used.consumed(), expected, times);
    }

    private List<TrainingResponse> withAdvantages(JudgedStep judged, List<@Nullable Routes> routes) {
        int size = judged.header().groupSize();
        List<Rollout> rollouts = judged.rollouts();
        var responses = new ArrayList<TrainingResponse>();
        for (int from = 0; from < rollouts.size(); from += size) {
            double[] rewards = rollouts.subList(from, from + size).stream()
                    .mapToDouble(Rollout::reward)
                    .toArray();
            double[] advantages = GroupAdvantage.of(rewards, recipe.advantage());
            for (int i = 0; i < size; i++) {
                responses.add(new TrainingResponse(rollouts.get(from + i), advantages[i], routes.get(from + i), false));
            }
        }
        return responses;
    }

    private List<MiniBatchUpdate.Outcome> updates(int step, List<ScoredResponse> scored, boolean unsaved) {
        int parts = recipe.miniBatchesPerStep();
        int size = scored.size() / parts;
        var outcomes = new ArrayList<MiniBatchUpdate.Outcome>();
        for (int part = 0; part < parts; part++) {
            phases.entered(Phase.UPDATE, step, part);
            String where = "step %d, mini-batch %d of %d".formatted(step, part + 1, parts);
            var members = scored.subList(part * size, (part + 1) * size);
            outcomes.add(update.apply(where, members, () -> {
                if (!(unsaved && weightsMoved)) {
                    stop.check();
                }
            }));
            weightsMoved = true;
        }
        return outcomes;
    }

    private long expectedConsumption(List<ScoredResponse> scored, List<MiniBatchUpdate.Outcome> outcomes) {
        long cells = 0;
        if (replay.mode() == ReplayMode.R3) {
            for (ScoredResponse one : scored) {
                var recorded = one.response().recorded();
                cells += one.response().scored() && recorded != null ? recorded.known() : 0;
            }
        }
        for (MiniBatchUpdate.Outcome outcome : outcomes) {
            cells += outcome.replayedCells() * passesPerUpdate;
        }
        return cells;
    }

    private static RouteConsumption difference(RouteConsumption before, RouteConsumption after) {
        return new RouteConsumption(after.consumed() - before.consumed(), after.expected() - before.expected());
    }

    private static void checkConsumption(int step, RouteConsumption used, long expected) {
        if (used.consumed() != expected || used.expected() != expected) {
            throw new LearnerFailure(
                    ExitCode.NUMERICS,
                    "step %d: recorded routes should have been consumed %d times, the policy consumed %d and expected %d; training stops so that nothing is built on it"
                            .formatted(step, expected, used.consumed(), used.expected()));
        }
    }

    private StepMetrics metrics(
            JudgedSteps.Ready ready,
            long epoch,
            List<ScoredResponse> scored,
            Diagnostics diagnostics,
            EngineMismatch.@Nullable Summary live,
            RouteDecision decision,
            List<MiniBatchUpdate.Outcome> outcomes,
            long consumed,
            long expected,
            PhaseTimes times) {
        var header = ready.judged().header();
        var rollouts = ready.judged().rollouts();
        long sampled = rollouts.stream().mapToLong(r -> r.tokens().length).sum();
        long trained =
                scored.stream().mapToLong(one -> one.proximalLogProbs().length).sum();
        return new StepMetrics(
                header.step(),
                epoch,
                header.policyVersion(),
                Map.copyOf(times.seconds()),
                RolloutStatistics.reward(rollouts, header.groupSize()),
                diagnostics.mismatch(),
                live,
                new StepMetrics.Entropy(diagnostics.entropy()),
                UpdateSummary.of(outcomes),
                new StepMetrics.Replay(
                        replay.mode().name(),
                        replay.reason(),
                        decision.coverage(),
                        decision.cells(),
                        decision.unknown(),
                        consumed,
                        expected,
                        ready.routes().bytes(),
                        ready.corruptTraces(),
                        diagnostics.disagreement()),
                RolloutStatistics.length(rollouts),
                new StepMetrics.Tokens(sampled, trained));
    }
}
