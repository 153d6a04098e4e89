package rl.ballast.protocol.run;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/// Supervised fine-tuning before the first step.
///
/// @param demonstrations JSONL of `{"prompt" | "messages", "response"}`
/// @param updates gradient updates
/// @param batchSize demonstrations per update
public record ColdStartSpec(
        @Required Source demonstrations,
        @Default("100") @Min(1) int updates,
        @Default("64") @Min(1) int batchSize,
        @Default("0.001") double learningRate,
        @Default("0") @Min(0) int warmupUpdates,
        @Default("0.0") double weightDecay,
        @Default("1.0") double maxGradientNorm) {}
