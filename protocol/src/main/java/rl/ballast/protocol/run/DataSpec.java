package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// JSONL files: one `{"prompt" | "messages", "answer", ...}` per line.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DataSpec(
        @Required @ValidationRule(value = "!has(self.random)", message = Source.RANDOM_IS_FOR_MODELS)
        Source prompts,

        @Nullable EvaluationSpec evaluation) {}
