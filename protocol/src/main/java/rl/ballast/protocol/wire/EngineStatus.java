package rl.ballast.protocol.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// `GET /v1/status`, and the answer to weights, pause, resume and drain.
///
/// @param policyVersion served now; null before the first verified version
/// @param epoch newest learner epoch seen
/// @param lastRefusal why the weights last offered were not taken; null once newer ones were
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EngineStatus(
        String engineId,
        State state,
        @Nullable Long policyVersion,
        @Nullable String manifestSha256,
        long epoch,
        int runningSequences,
        int waitingSequences,
        long generatedTokens,
        @Nullable String lastRefusal) {
    public enum State {
        /// No verified weights yet.
        WAITING_FOR_WEIGHTS,
        SERVING,
        PAUSED,
        DRAINING
    }
}
