package rl.ballast.protocol.run;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/// Supervised fine-tuning before the first step.
///
/// @param demonstrations JSONL of `{"prompt" | "messages", "response"}`
/// @param updates gradient updates
/// @param batchSize demonstrations per update
public record ColdStartSpec(
        @Required @ValidationRule(value = "!has(self.random)", message = Source.RANDOM_IS_FOR_MODELS)
        Source demonstrations,

        @Default("100") @Min(1) @Max(10_000_000) int updates,
        @Default("64") @Min(1) @Max(1_000_000) int batchSize,
        @Default("0.001") @Min(value = 0, inclusive = false) double learningRate,
        @Default("0") @Min(0) @Max(10_000_000) int warmupUpdates,
        @Default("0.0") @Min(0) double weightDecay,
        @Default("1.0") @Min(value = 0, inclusive = false) double maxGradientNorm) {}
