package rl.ballast.trainer.step;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.objective.EngineMismatch;
import rl.ballast.protocol.objective.RoutingDisagreement;
import rl.ballast.protocol.objective.Spread;

/// The training part of a line of `metrics.jsonl`, known before the step is checkpointed. Section 2 of
/// docs/design/formats.md has the meaning of every field.
@JsonInclude(JsonInclude.Include.NON_NULL)
record StepMetrics(
        int step,
        long epoch,
        long policyVersion,
        Map<String, Double> seconds,
        Reward reward,
        EngineMismatch.Summary engineMismatch,
        EngineMismatch.@Nullable Summary engineMismatchLive,
        Entropy entropy,
        Update update,
        Replay replay,
        Length length,
        Tokens tokens) {

    record Reward(double mean, double std, int groupsAllRight, int groupsAllWrong, int groups) {}

    record Entropy(double mean) {}

    record Update(
            double loss,
            double gradientNorm,
            double clipFraction,
            double clipHighFraction,
            double clipLowFraction,
            double ruleMaskedFraction,
            double truncationFraction,
            long droppedResponses,
            Spread importanceWeight,
            Spread stalenessRatio,
            double stalenessK3,
            double learningRate,
            long clamped,
            List<MiniBatch> perMiniBatch) {}

    record MiniBatch(double loss, double gradientNorm, double clipFraction, double stalenessK3, double entropy) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Replay(
            String mode,
            String reason,
            @Nullable Double coverage,
            long cells,
            Map<String, Long> unknown,
            long consumed,
            long expectedConsumed,
            long traceBytes,
            int corruptTraces,
            RoutingDisagreement.@Nullable Summary disagreement) {}

    record Length(double mean, int min, int max, double truncatedFraction) {}

    record Tokens(long sampled, long trained) {}
}
