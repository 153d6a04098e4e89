package rl.ballast.protocol.wire.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.EngineError;

/// A call to an engine did not succeed. The message names the engine and the call.
public abstract sealed class EngineException extends IOException {
    private EngineException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// The engine cannot be reached, broke off, took too long, or is shutting down (503). What was asked for may be
    /// repeated, here or at another engine: every call is idempotent.
    public static final class Unavailable extends EngineException {
        Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /// The engine answered and said no. Repeating the same call does not help.
    public abstract static sealed class Refused extends EngineException {
        private final int status;
        private final EngineError error;

        private Refused(String message, int status, EngineError error) {
            super(message, null);
            this.status = status;
            this.error = error;
        }

        public final int status() {
            return status;
        }

        public final EngineError error() {
            return error;
        }
    }

    /// 409 `STALE_WEIGHTS`: the engine's version is below `minPolicyVersion`; announce the current one
    /// and ask again.
    public static final class StaleWeights extends Refused {
        StaleWeights(String message, int status, EngineError error) {
            super(message, status, error);
        }

        /// The version that the engine holds; null before its first.
        public @Nullable Long policyVersion() {
            return error().policyVersion();
        }
    }

    /// 409 `STALE_EPOCH`: another learner has taken over. The caller must stop moving anything.
    public static final class StaleEpoch extends Refused {
        StaleEpoch(String message, int status, EngineError error) {
            super(message, status, error);
        }
    }

    /// 422 `WEIGHTS_REFUSED`: the announced weights are not what their manifest says; the engine keeps
    /// the old ones.
    public static final class WeightsRefused extends Refused {
        WeightsRefused(String message, int status, EngineError error) {
            super(message, status, error);
        }
    }

    /// 507 `STORE_FULL`: the routes could not be written; room must be made before the call is repeated.
    public static final class StoreFull extends Refused {
        StoreFull(String message, int status, EngineError error) {
            super(message, status, error);
        }
    }

    /// Any other answer that is not a success: 400, 401, 500, or one that is not of this protocol.
    public static final class Failed extends Refused {
        Failed(String message, int status, EngineError error) {
            super(message, status, error);
        }
    }
}
