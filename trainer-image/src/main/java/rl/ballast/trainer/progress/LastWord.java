package rl.ballast.trainer.progress;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;

/// What a learner says when it ends, for whoever started it: JSON of less than 4096 bytes, the room of a Kubernetes
/// termination message.
///
/// @param reason name of the exit code
/// @param step last step with a line of metrics
/// @param policyVersion newest published version; null before the first
/// @param message for people, shortened if need be
/// @param progress the last measurements, of a learner that completed its run
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LastWord(
        int exitCode,
        String reason,
        boolean retryable,
        int step,
        @Nullable Long policyVersion,
        String message,
        Progress.@Nullable Snapshot progress) {
    /// Names the file to write to.
    public static final String ENVIRONMENT = "BALLAST_TERMINATION_LOG";

    private static final int MAX_MESSAGE = 600;

    public static LastWord of(ExitCode code, int step, @Nullable Long policyVersion, String message) {
        String shortened = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...";
        return new LastWord(code.code(), code.name(), code.retryable(), step, policyVersion, shortened, null);
    }

    /// The same with measurements.
    public LastWord with(Progress.@Nullable Snapshot last) {
        return new LastWord(exitCode, reason, retryable, step, policyVersion, message, last);
    }

    /// JSON; at most 6 bytes per character of the message (an escape), so below 4096 with room to spare.
    public byte[] toJson() {
        try {
            return JsonMapper.builder().build().writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("a last word is always JSON", e);
        }
    }

    /// Writes to the file that [#ENVIRONMENT] names, if it names one.
    public void leave() {
        String file = System.getenv(ENVIRONMENT);
        if (file != null && !file.isBlank()) {
            write(Path.of(file));
        }
    }

    /// Writes to `file` in place: a termination file is mounted and cannot be replaced.
    public void write(Path file) {
        try {
            Files.write(file, toJson());
        } catch (IOException e) {
            LoggerFactory.getLogger(LastWord.class).warn("{} could not be written", file, e);
        }
    }
}
