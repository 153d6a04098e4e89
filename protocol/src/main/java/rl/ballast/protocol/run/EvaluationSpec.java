package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/// Mean accuracy over `samplesPerPrompt` samples of every problem, before the first step, every `everySteps` and after
/// the last.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EvaluationSpec(
        @Required Source source,
        @Default("20") @Min(1) int everySteps,
        @Default("4") @Min(1) int samplesPerPrompt,
        @Default("1.0") double temperature,
        @Default("0") @Min(0) int topK,
        @Default("1.0") double topP) {}
