package rl.ballast.protocol.role;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The process that started this one and asks not to be outlived: `ballast run` gives its id to its children,
/// so that none stays behind when it is killed. On a cluster the variable is not set and nothing is watched.
public final class ParentProcess {
    /// Environment variable with the id of the process to watch.
    public static final String VARIABLE = "BALLAST_PARENT_PID";

    private ParentProcess() {}

    /// Runs `onGone` once, on a thread of the runtime, when the process that [#VARIABLE] names has ended; on this
    /// thread, at once, if it has ended already.
    ///
    /// @return whether there is a process to watch
    public static boolean watch(Runnable onGone) {
        return watch(System.getenv(VARIABLE), onGone);
    }

    /// As [#watch(Runnable)], for a given value of the variable; what is no process id is ignored.
    public static boolean watch(@Nullable String pid, Runnable onGone) {
        if (pid == null || !pid.strip().matches("[0-9]{1,18}")) {
            return false;
        }
        Optional<ProcessHandle> parent = ProcessHandle.of(Long.parseLong(pid.strip()));
        if (parent.isPresent() && parent.get().isAlive()) {
            var _ = parent.get().onExit().thenRun(onGone);
        } else {
            onGone.run();
        }
        return true;
    }
}
