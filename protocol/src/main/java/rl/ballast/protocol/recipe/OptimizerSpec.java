package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/// AdamW with linear warm-up, linear decay and clipping of the global gradient norm.
///
/// @param warmupUpdates updates over which the rate grows linearly to `learningRate`
/// @param decayUpdates update at which the rate, falling linearly from the end of the warm-up, has come down to
///        `finalLearningRate`, where it stays; 0 keeps the rate constant, as the paper does
/// @param maxGradientNorm global L2 norm above which the gradient is scaled down
@ValidationRule(
        value = "self.decayUpdates == 0 || self.decayUpdates > self.warmupUpdates",
        message = "optimizer.decayUpdates must be above warmupUpdates, or 0 for a constant rate")
@ValidationRule(
        value = "self.decayUpdates == 0 || self.finalLearningRate <= self.learningRate",
        message = "optimizer.finalLearningRate must not be above learningRate")
public record OptimizerSpec(
        @Default("0.000001") @Min(value = 0, inclusive = false)
        double learningRate,

        @Default("0.9") @Min(0) @Max(value = 1, inclusive = false)
        double beta1,

        @Default("0.95") @Min(0) @Max(value = 1, inclusive = false)
        double beta2,

        @Default("0.00000001") @Min(value = 0, inclusive = false)
        double epsilon,

        @Default("0.0") @Min(0) double weightDecay,
        @Default("0") @Min(0) @Max(10_000_000) int warmupUpdates,
        @Default("0") @Min(0) @Max(10_000_000) int decayUpdates,
        @Default("0.0") @Min(0) double finalLearningRate,
        @Default("1.0") @Min(value = 0, inclusive = false) double maxGradientNorm) {}
