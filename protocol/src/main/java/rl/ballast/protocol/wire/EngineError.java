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
    public enum Reason {
        /// 400
        BAD_REQUEST,
        /// 401
        UNAUTHORIZED,
        /// 409: the engine's version is below `minPolicyVersion`
        STALE_WEIGHTS,
        /// 409: the call carries an older epoch than the engine has seen
        STALE_EPOCH,
        /// 422: the announced weights were not what the manifest says; the old ones stay
        WEIGHTS_REFUSED,
        /// 503: draining or shutting down
        DRAINING,
        /// 507: the trace could not be written
        STORE_FULL,
        /// 500
        INTERNAL
    }
}
