package rl.ballast.protocol.role;

import java.util.Arrays;
import java.util.Optional;

/// How learner, engine and fetch step end. Whoever started it decides by this code whether to start it again.
public enum ExitCode {
    /// Every step is trained, checkpointed and published; an engine was asked to stop, and drained.
    COMPLETE(0, false),
    /// A defect of the program; worth a bounded number of restarts.
    INTERNAL(1, true),
    /// Wrong command line.
    USAGE(64, false),
    /// A file is not what its digest, format or contract says; a restart would read the same.
    CORRUPT(65, false),
    /// A routing trace is not what its checksum, format or tokens say, and neither is the one that was recorded again.
    TRACE_CORRUPT(66, false),
    /// More routes are unknown than the recipe allows. Nothing was trained on them.
    ROUTES_MISSING(67, false),
    /// Another process listens on the engine's port.
    PORT_IN_USE(69, false),
    /// The mathematics broke: a loss, gradient or log-probability is not finite, or routes were not consumed as
    /// recorded. The weights were not changed.
    NUMERICS(70, false),
    /// The store belongs to another run or model, already holds a run, is too small for this one, or another process
    /// has its lock.
    STORE_REFUSED(73, false),
    /// Writing to the store failed: full disk, lost volume. Worth a restart once there is room.
    STORE_IO(74, true),
    /// Engines or the reward service did not answer before the deadline. Worth a restart.
    UNAVAILABLE(75, true),
    /// A newer learner owns the run; this one must not be started again.
    REPLACED(76, false),
    /// The configuration asks for what cannot be done.
    CONFIGURATION(78, false),
    /// Stopped by a signal (128 + SIGTERM); everything judged is on disk and a restart goes on from there.
    STOPPED(143, true);

    private final int code;
    private final boolean retryable;

    ExitCode(int code, boolean retryable) {
        this.code = code;
        this.retryable = retryable;
    }

    /// The code of a process that ended so; empty for a code of no Ballast program (137 = killed).
    public static Optional<ExitCode> of(int code) {
        return Arrays.stream(values()).filter(known -> known.code == code).findFirst();
    }

    public int code() {
        return code;
    }

    /// Whether starting the process again may help without a change by a person.
    public boolean retryable() {
        return retryable;
    }
}
