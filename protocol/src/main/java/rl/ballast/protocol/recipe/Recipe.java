package rl.ballast.protocol.recipe;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// How the policy is trained. Exactly one of `onPolicy` and `offPolicy` is set. The defaults are those of the paper
/// (arXiv 2512.01374, sections 8 and 9 of its text).
///
/// @param groupSize responses per prompt, G
/// @param promptsPerMiniBatch prompts whose responses make one gradient update
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.onPolicy) != has(self.offPolicy)",
        message = "set exactly one of recipe.onPolicy (one update per batch) and recipe.offPolicy (several)")
public record Recipe(
        @Default("16") @Min(2) @Max(65536) int groupSize,
        @Default("64") @Min(1) @Max(1000000) int promptsPerMiniBatch,
        @Nullable OnPolicy onPolicy,
        @Nullable OffPolicy offPolicy,
        @Default("{}") ReplaySpec replay,
        @Default("{}") ImportanceSampling importanceSampling,
        @Default("{}") AdvantageSpec advantage,
        @Default("{}") LossSpec loss,
        @Default("{}") OptimizerSpec optimizer,
        @Default("{}") SamplingSpec sampling) {

    /// N: gradient updates per rollout batch.
    public int miniBatchesPerStep() {
        return offPolicy == null ? 1 : offPolicy.miniBatchesPerStep();
    }

    /// Prompts drawn in one step.
    public int promptsPerStep() {
        return Math.multiplyExact(promptsPerMiniBatch, miniBatchesPerStep());
    }
}
