package rl.ballast.protocol.objective;

import rl.ballast.protocol.recipe.AdvantageSpec;
import rl.ballast.protocol.recipe.ClipRange;
import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.LossSpec;
import rl.ballast.protocol.recipe.SequenceRule;
import rl.ballast.protocol.recipe.TokenRule;

/// The worked example: one group of two responses with rewards 1 and 0.
final class GoldenGroup {
    static final double[][] ROLLOUT = {{-0.10, -2.00, -0.50}, {-0.30, -1.20, -3.00, -0.05}};
    static final double[][] PROXIMAL = {{-0.12, -1.50, -0.50}, {-0.30, -1.30, -5.00, -0.05}};
    static final double[][] TRAINER = {{-0.11, -1.10, -0.80}, {-0.60, -1.20, -5.20, -0.05}};
    static final double[] ADVANTAGES = GroupAdvantage.of(new double[] {1, 0}, new AdvantageSpec(false));

    static final ClipRange CLIP = new ClipRange(0.2, 0.27, true);
    static final LossSpec TOKEN_SUM = new LossSpec(LossSpec.Aggregation.TokenSum);
    static final LossSpec LENGTH_NORMALIZED = new LossSpec(LossSpec.Aggregation.LengthNormalized);

    private GoldenGroup() {}

    static ResponseScores response(int i) {
        return scores(ADVANTAGES[i], TRAINER[i], PROXIMAL[i], ROLLOUT[i]);
    }

    static ResponseScores scores(double advantage, double[] trainer, double[] proximal, double[] rollout) {
        return new ResponseScores(advantage, trainer, proximal, rollout, ResponseScores.all(trainer.length));
    }

    static TokenObjective paper() {
        return TokenObjective.of(CLIP, sampling(TokenRule.Truncate, SequenceRule.None), TOKEN_SUM);
    }

    static ImportanceSampling sampling(TokenRule rule, SequenceRule sequenceRule) {
        return new ImportanceSampling(true, false, 5, rule, 0.5, 5, 0.2, sequenceRule, 0.999, 1.001, 1e-4);
    }

    static ImportanceSampling withDivergenceLimit(TokenRule rule, double limit) {
        return new ImportanceSampling(true, false, 5, rule, 0.5, 5, limit, SequenceRule.None, 0.999, 1.001, 1e-4);
    }

    static ImportanceSampling off() {
        return new ImportanceSampling(
                false, true, 5, TokenRule.Truncate, 0.5, 5, 0.2, SequenceRule.None, 0.999, 1.001, 1e-4);
    }
}
