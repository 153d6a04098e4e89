package rl.ballast.rollout.server;

/// How the engine process ends. The codes are those of the learner where they mean the same.
public enum ExitCode {
    /// Asked to stop, and drained.
    OK(0),
    /// A defect of the program; the log says more.
    INTERNAL(1),
    /// Wrong command line.
    USAGE(64),
    /// Another process listens on the port.
    PORT_IN_USE(69),
    /// The store cannot be read.
    STORE_IO(74),
    /// The configuration file is missing or asks for what cannot be done; starting again does not help.
    CONFIGURATION(78);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
