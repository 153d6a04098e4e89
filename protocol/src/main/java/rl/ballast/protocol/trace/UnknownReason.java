package rl.ballast.protocol.trace;

/// Why a (row, layer) route is unknown. Codes are part of the file format and never change.
public enum UnknownReason {
    /// The request was preempted and the row was not run again under the recording version.
    PREEMPTED(1),
    /// The row's keys and values came from outside the engine, so no forward pass ran here.
    EXTERNAL_KV(2),
    /// Capture was off when the row was computed, for example in a cached prefix.
    CAPTURE_OFF(3),
    /// Anything else; the engine's log says what.
    OTHER(255);

    private final int code;

    UnknownReason(int code) {
        this.code = code;
    }

    /// Code in the file, 1..255.
    public int code() {
        return code;
    }
}
