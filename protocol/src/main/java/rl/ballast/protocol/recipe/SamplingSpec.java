package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;
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
        @Default("1.0") double temperature,
        @Default("0") @Min(0) int topK,
        @Default("1.0") double topP,
        @Default("1024") @Min(1) int maxTokens,
        @Default("false") boolean keepMask) {}
