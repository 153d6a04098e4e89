package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/// JSONL files: one `{"prompt" | "messages", "answer", ...}` per line.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DataSpec(@Required Source prompts, @Nullable EvaluationSpec evaluation) {}
