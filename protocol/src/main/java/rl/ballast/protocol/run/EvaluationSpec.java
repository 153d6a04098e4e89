package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/// Mean accuracy over `samplesPerPrompt` samples of every problem, before the first step, every `everySteps` and after
/// the last.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EvaluationSpec(
        @Required @ValidationRule(value = "!has(self.random)", message = Source.RANDOM_IS_FOR_MODELS)
        Source source,

        @Default("20") @Min(1) @Max(10_000_000) int everySteps,
        @Default("4") @Min(1) @Max(65_536) int samplesPerPrompt,
        @Default("1.0") @Min(0) double temperature,
        @Default("0") @Min(0) @Max(10_000_000) int topK,

        @Default("1.0") @Min(value = 0, inclusive = false) @Max(1)
        double topP) {}
