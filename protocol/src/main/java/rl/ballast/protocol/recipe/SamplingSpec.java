package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/// The distribution that responses are sampled from. The learner scores the same distribution.
///
/// @param topK 0 keeps the whole vocabulary
/// @param keepMask carries the kept token ids of each position to the learner; needed for training with topK or topP
@ValidationRule(
        value = "self.keepMask || (self.topK == 0 && self.topP == 1.0)",
        message =
                "sampling.topK or topP in training needs sampling.keepMask: true, so that the learner scores the same distribution")
public record SamplingSpec(
        @Default("1.0") @Min(value = 0, inclusive = false) double temperature,
        @Default("0") @Min(0) @Max(10_000_000) int topK,

        @Default("1.0") @Min(value = 0, inclusive = false) @Max(1)
        double topP,

        @Default("1024") @Min(1) @Max(16_777_216) int maxTokens,
        @Default("false") boolean keepMask) {}
