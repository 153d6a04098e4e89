package rl.ballast.protocol.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// Body of every error answer.
///
/// @param reason for programs
/// @param message for people: what was expected, what was found, what to do
/// @param policyVersion the engine's own version, with `STALE_WEIGHTS` and `STALE_EPOCH`
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EngineError(
        Reason reason,
        String message,
        @Nullable Long policyVersion,
        @Nullable Long epoch) {
    /// Every answer that is not 200 has one of these reasons, and each its HTTP status.
    public enum Reason {
        /// A field of the request is wrong; the message names it.
        BAD_REQUEST(400),
        /// The bearer token is missing or another one.
        UNAUTHORIZED(401),
        /// The engine's version is below `minPolicyVersion`.
        STALE_WEIGHTS(409),
        /// The call carries an older epoch than the engine has seen.
        STALE_EPOCH(409),
        /// The announced weights were not what the manifest says; the old ones stay.
        WEIGHTS_REFUSED(422),
        /// Draining or shutting down.
        DRAINING(503),
        /// The trace could not be written.
        STORE_FULL(507),
        /// The engine is broken; its log says more.
        INTERNAL(500);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }
}
