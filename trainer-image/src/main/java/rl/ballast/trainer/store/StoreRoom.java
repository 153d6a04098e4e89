package rl.ballast.trainer.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.sizing.StoreNeeds;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.trainer.LearnerFailure;

/// Whether a run fits into its volume.
public final class StoreRoom {
    private StoreRoom() {}

    /// @param claimed bytes that the run was given of its volume, which may be a part of a larger disk; 0 for all
    /// @throws LearnerFailure `STORE_REFUSED` with the arithmetic, if the volume of `store` is smaller than the run
    ///         needs
    public static void require(StoreNeeds needs, Path store, long claimed) {
        try {
            long disk = Files.getFileStore(store).getTotalSpace();
            requireVolume(needs, store, claimed > 0 && disk > 0 ? Math.min(claimed, disk) : Math.max(claimed, disk));
        } catch (IOException e) {
            throw StoreException.of(store, "look at the volume of", e);
        }
    }

    static void requireVolume(StoreNeeds needs, Path store, long volume) {
        if (volume > 0 && volume < needs.bytes()) {
            throw new LearnerFailure(
                    ExitCode.STORE_REFUSED,
                    ("store %s: %s; its volume holds %s. Enlarge it"
                                    + " (storage.volume.size), or lower checkpoint.keep, checkpoint.everySteps or"
                                    + " checkpoint.keepVersions")
                            .formatted(store, needs.arithmetic(), StoreNeeds.size(volume)));
        }
    }
}
