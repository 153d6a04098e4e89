package rl.ballast.rollout.engine;

import rl.ballast.protocol.wire.EngineError;

/// The engine will not do what was asked; the message says what was expected, what was found and what to do.
public final class EngineRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final EngineError.Reason reason;

    public EngineRefusal(EngineError.Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public EngineError.Reason reason() {
        return reason;
    }
}
