package rl.ballast.trainer.step;

import java.util.ArrayList;
import java.util.List;
import rl.ballast.protocol.objective.UpdateDiagnostics;

/// What the mini-batch updates of a step did together.
final class UpdateSummary {
    private UpdateSummary() {}

    static StepMetrics.Update of(List<MiniBatchUpdate.Outcome> outcomes) {
        var all = new UpdateDiagnostics();
        var parts = new ArrayList<StepMetrics.MiniBatch>();
        double norms = 0;
        for (MiniBatchUpdate.Outcome outcome : outcomes) {
            all.merge(outcome.diagnostics());
            norms += outcome.update().gradientNorm();
            var part = outcome.diagnostics().summary();
            parts.add(new StepMetrics.MiniBatch(
                    part.loss(),
                    outcome.update().gradientNorm(),
                    part.clipFraction(),
                    part.stalenessK3(),
                    outcome.entropy().mean()));
        }
        var summary = all.summary();
        return new StepMetrics.Update(
                summary.loss() / outcomes.size(),
                norms / outcomes.size(),
                summary.clipFraction(),
                summary.clipHighFraction(),
                summary.clipLowFraction(),
                summary.ruleMaskedFraction(),
                summary.truncationFraction(),
                summary.droppedResponses(),
                summary.importanceWeight(),
                summary.stalenessRatio(),
                summary.stalenessK3(),
                outcomes.getLast().update().learningRate(),
                summary.clamped(),
                parts);
    }
}
