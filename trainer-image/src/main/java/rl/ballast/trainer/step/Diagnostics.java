package rl.ballast.trainer.step;

import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.objective.EngineMismatch;
import rl.ballast.protocol.objective.NonFiniteScore;
import rl.ballast.protocol.objective.ResponseScores;
import rl.ballast.protocol.objective.RoutingDisagreement;
import rl.ballast.protocol.objective.TokenMean;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// What the proximal pass says of a step before any weight moves.
///
/// @param disagreement of the engine's routes with the live router; null where none were recorded
record Diagnostics(
        EngineMismatch.Summary mismatch, double entropy, RoutingDisagreement.@Nullable Summary disagreement) {

    static Diagnostics of(int step, List<ScoredResponse> scored, ModelConfig model) {
        var entropy = new TokenMean();
        var disagreement = new RoutingDisagreement(model.moeLayerIndices());
        boolean compared = false;
        for (ScoredResponse one : scored) {
            entropy.add(one.entropies(), ResponseScores.all(one.entropies().length));
            var recorded = one.response().recorded();
            var live = one.live();
            if (recorded != null && live != null) {
                disagreement.add(recorded, live);
                compared = true;
            }
        }
        return new Diagnostics(mismatch(step, scored), entropy.mean(), compared ? disagreement.summary() : null);
    }

    /// @throws LearnerFailure with `NUMERICS` naming step, response and token
    static EngineMismatch.Summary mismatch(int step, List<ScoredResponse> scored) {
        var mismatch = new EngineMismatch();
        for (ScoredResponse one : scored) {
            var rollout = one.response().rollout();
            if (!one.response().scored()) {
                continue;
            }
            try {
                mismatch.add(
                        one.proximalLogProbs(), rollout.rolloutLogProbs(), ResponseScores.all(rollout.tokens().length));
            } catch (NonFiniteScore e) {
                throw new LearnerFailure(
                        ExitCode.NUMERICS,
                        "step %d, proximal pass, group %d, sample %d: %s. The weights were not changed"
                                .formatted(step, rollout.group(), rollout.sample(), e.getMessage()),
                        e);
            }
        }
        return mismatch.summary();
    }
}
