package rl.ballast.protocol.wire;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.ExitCode;

/// What a role says when it ends, for whoever started it: JSON of less than 4096 bytes, the room of a Kubernetes
/// termination message.
///
/// @param reason name of the exit code
/// @param step last step with a line of metrics
/// @param policyVersion newest published version; null before the first
/// @param message for people, shortened if need be
/// @param progress the last measurements, of a learner that completed its run
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record LastWord(
        int exitCode,
        String reason,
        boolean retryable,
        int step,
        @Nullable Long policyVersion,
        @Nullable String message,
        @Nullable LearnerProgress progress) {
    private static final int MAX_MESSAGE = 600;

    public static LastWord of(ExitCode code, int step, @Nullable Long policyVersion, String message) {
        String shortened = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...";
        return new LastWord(code.code(), code.name(), code.retryable(), step, policyVersion, shortened, null);
    }

    /// The same with measurements.
    public LastWord with(@Nullable LearnerProgress last) {
        return new LastWord(exitCode, reason, retryable, step, policyVersion, message, last);
    }

    /// JSON; at most 6 bytes per character of the message (an escape), so below 4096 with room to spare.
    public byte[] toJson() {
        try {
            return WireJson.answers().writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a last word is always JSON", e);
        }
    }

    /// Empty if the text is no last word: the kubelet puts the last lines of the log there when a process writes
    /// nothing.
    public static Optional<LastWord> parse(@Nullable String text) {
        if (text == null || !text.startsWith("{")) {
            return Optional.empty();
        }
        try {
            LastWord word = WireJson.reports().readValue(text, LastWord.class);
            return word.reason == null ? Optional.empty() : Optional.of(word);
        } catch (JsonProcessingException notOurs) {
            return Optional.empty();
        }
    }
}
