package rl.ballast.operator.pods;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.LastWord;

/// How a pod ended without success.
///
/// @param exitCode of the container that failed; null if it never ended by itself
/// @param reason for programs: the name of an exit code, or what Kubernetes says (`OOMKilled`, `Evicted`)
/// @param disruption whether something outside ended it: eviction, preemption, a lost node
/// @param message for people
public record Ending(
        @Nullable Integer exitCode,
        String reason,
        boolean disruption,
        String message,
        @Nullable LastWord word) {

    /// Whether starting it again may help. Unknown codes may: a killed process has no last word.
    public boolean retryable() {
        if (disruption) {
            return true;
        }
        if (word != null) {
            return word.retryable();
        }
        if (exitCode == null) {
            return true;
        }
        Optional<ExitCode> known = ExitCode.of(exitCode);
        return known.isEmpty() || known.get().retryable();
    }
}
