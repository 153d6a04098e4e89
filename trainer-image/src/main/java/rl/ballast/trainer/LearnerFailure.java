package rl.ballast.trainer;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.ExitCode;

/// Ends the learner with an exit code and a sentence that says what was expected, what was found and what
/// to do.
public final class LearnerFailure extends RuntimeException {
    private final ExitCode exitCode;

    public LearnerFailure(ExitCode exitCode, String message) {
        this(exitCode, message, null);
    }

    public LearnerFailure(ExitCode exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
