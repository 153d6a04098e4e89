package rl.ballast.trainer.step;

import java.util.ArrayList;
import java.util.List;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.ForwardOutput;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.protocol.objective.NonFiniteScore;
import rl.ballast.protocol.objective.ResponseScores;
import rl.ballast.protocol.objective.TokenMean;
import rl.ballast.protocol.objective.TokenObjective;
import rl.ballast.protocol.objective.TokenTerms;
import rl.ballast.protocol.objective.UpdateDiagnostics;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.optimizer.AdamW;
import rl.ballast.trainer.optimizer.GradientNorm;

/// One gradient update on one mini-batch of responses: forward and backward per micro-batch, then AdamW. The weights
/// change only after every number was found finite.
final class MiniBatchUpdate {
    private final Policy policy;
    private final AdamW optimizer;
    private final TokenObjective objective;
    private final double temperature;
    private final int maxMicroBatchTokens;

    MiniBatchUpdate(
            Policy policy, AdamW optimizer, TokenObjective objective, double temperature, int maxMicroBatchTokens) {
        this.policy = policy;
        this.optimizer = optimizer;
        this.objective = objective;
        this.temperature = temperature;
        this.maxMicroBatchTokens = maxMicroBatchTokens;
    }

    /// What one update did.
    ///
    /// @param entropy of the policy before this update
    /// @param replayedCells (row, layer) routes that were handed in for replay
    record Outcome(UpdateDiagnostics diagnostics, TokenMean entropy, AdamW.Update update, long replayedCells) {}

    /// @param where for messages: step and mini-batch
    /// @param stop called between forward passes, to end the learner there if it is to end
    Outcome apply(String where, List<ScoredResponse> responses, Runnable stop) {
        policy.parameters().zeroGradients();
        var diagnostics = new UpdateDiagnostics();
        var entropy = new TokenMean();
        long replayed = 0;
        int[] lengths = ProximalPass.lengths(
                responses.stream().map(ScoredResponse::response).toList());
        for (int[] batch : MicroBatches.of(lengths, maxMicroBatchTokens)) {
            stop.run();
            var members = new ArrayList<ScoredResponse>();
            var inputs = new ArrayList<ForwardInput>();
            for (int i : batch) {
                ScoredResponse member = responses.get(i);
                members.add(member);
                inputs.add(ProximalPass.input(member.response(), member.replay()));
                replayed += member.replay() == null ? 0 : member.replay().known();
            }
            policy.forwardBackward(
                    inputs,
                    temperature,
                    outputs -> coefficients(where, members, outputs, responses.size(), diagnostics, entropy));
        }
        addUnscored(responses, diagnostics);
        return new Outcome(diagnostics, entropy, step(where), replayed);
    }

    private AdamW.Update step(String where) {
        double norm = optimizer.gradientNorm();
        if (!Double.isFinite(norm)) {
            var parameters = policy.parameters();
            throw new LearnerFailure(
                    ExitCode.NUMERICS,
                    "%s: the gradient is not finite: %s. The weights were not changed"
                            .formatted(
                                    where,
                                    GradientNorm.firstNonFinite(parameters, parameters.gradients())
                                            .orElse("the norm overflowed")));
        }
        return optimizer.step(norm);
    }

    private float[][] coefficients(
            String where,
            List<ScoredResponse> members,
            List<ForwardOutput> outputs,
            int responses,
            UpdateDiagnostics diagnostics,
            TokenMean entropy) {
        var coefficients = new float[members.size()][];
        for (int i = 0; i < coefficients.length; i++) {
            ScoredResponse member = members.get(i);
            ForwardOutput output = outputs.get(i);
            ResponseScores scores = scores(where, member, output);
            TokenTerms terms = objective.evaluate(scores, responses);
            diagnostics.add(scores, terms);
            entropy.add(output.entropies(), scores.lossMask());
            coefficients[i] = terms.coefficientsAsFloats();
        }
        return coefficients;
    }

    private static ResponseScores scores(String where, ScoredResponse member, ForwardOutput output) {
        var rollout = member.response().rollout();
        try {
            return ResponseScores.of(
                    member.response().advantage(),
                    output.trainerLogProbs(),
                    member.proximalLogProbs(),
                    rollout.rolloutLogProbs(),
                    null);
        } catch (NonFiniteScore e) {
            throw new LearnerFailure(
                    ExitCode.NUMERICS,
                    "%s, group %d, sample %d: %s. The weights were not changed"
                            .formatted(where, rollout.group(), rollout.sample(), e.getMessage()),
                    e);
        }
    }

    /// Empty responses have no terms but count.
    private void addUnscored(List<ScoredResponse> responses, UpdateDiagnostics diagnostics) {
        var none = new float[0];
        for (ScoredResponse response : responses) {
            if (response.response().rollout().tokens().length == 0) {
                var scores = ResponseScores.of(response.response().advantage(), none, none, none, null);
                diagnostics.add(scores, objective.evaluate(scores, responses.size()));
            }
        }
    }
}
