package rl.ballast.rollout.server;

import java.nio.file.Files;
import java.nio.file.Path;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.RunIdentity;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.engine.EngineRefusal;

/// Whether the store is there, and whose it is.
final class StoreCheck {
    private StoreCheck() {}

    /// @param later whether the store may be made after the engine has started; it then waits for weights
    /// @throws StartFailure if the path is not absolute, or the folder is absent and must not be
    static void requireFolder(EngineConfig config, boolean later) {
        Path store = Path.of(config.store());
        if (!store.isAbsolute() || !(later || Files.isDirectory(store))) {
            throw new StartFailure(
                    ExitCode.STORE_IO, "store: expected the absolute path of a folder, found %s".formatted(store));
        }
    }

    /// Weights of another run are never served. Checked with every load, since a learner may adopt a store after its
    /// engines have started.
    ///
    /// @throws EngineRefusal `WEIGHTS_REFUSED`
    static void requireRun(StoreLayout store, String uid) {
        Path file = store.identity();
        if (!Files.exists(file)) {
            return;
        }
        try {
            String found = RunIdentity.read(file).uid();
            if (!uid.equals(found)) {
                throw new EngineRefusal(
                        Reason.WEIGHTS_REFUSED,
                        "%s: uid: expected %s, the run of this engine, found %s; give the engine the store of its own run"
                                .formatted(file, uid, found));
            }
        } catch (StoreException e) {
            throw new EngineRefusal(Reason.WEIGHTS_REFUSED, String.valueOf(e.getMessage()));
        }
    }
}
