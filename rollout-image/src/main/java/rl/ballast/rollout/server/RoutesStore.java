package rl.ballast.rollout.server;

import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse.TraceReference;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.GroupResult;

/// Where captured routes go.
interface RoutesStore {
    /// Refuses work whose routes would find no room.
    ///
    /// @throws EngineRefusal `STORE_FULL`
    void requireRoom();

    /// Writes the routes of a finished group to `request.traceFile()`, complete and flushed to disk, or
    /// leaves nothing.
    ///
    /// @throws EngineRefusal `STORE_FULL` if they could not be written
    TraceReference write(GenerateRequest request, GroupResult result, Serving serving);
}
