package rl.ballast.operator.pods;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.progress.LearnerProgress;

/// What a learner wrote to its termination message.
///
/// @param reason name of the exit code
/// @param step last recorded step
/// @param progress last measurements of a learner that completed its run
@JsonIgnoreProperties(ignoreUnknown = true)
public record LastWord(
        int exitCode,
        String reason,
        boolean retryable,
        int step,
        @Nullable Long policyVersion,
        @Nullable String message,
        @Nullable LearnerProgress progress) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Empty if the message is none of ours: the kubelet puts the last lines of the log there when a process writes
    /// nothing.
    static Optional<LastWord> parse(@Nullable String text) {
        if (text == null || !text.startsWith("{")) {
            return Optional.empty();
        }
        try {
            LastWord word = JSON.readValue(text, LastWord.class);
            return word.reason == null ? Optional.empty() : Optional.of(word);
        } catch (JsonProcessingException notOurs) {
            return Optional.empty();
        }
    }
}
