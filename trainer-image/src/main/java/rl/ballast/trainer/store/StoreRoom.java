package rl.ballast.trainer.store;

import java.io.IOException;
import java.nio.file.FileStore;
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
        look(needs, store, claimed, false);
    }

    /// The same before a run has written anything. Where it was not given a part of the disk, others may have taken
    /// theirs: what is free counts.
    ///
    /// @param store of the run, or a folder in it
    public static void requireAtFirst(StoreNeeds needs, Path store, long claimed) {
        look(needs, store, claimed, claimed == 0);
    }

    private static void look(StoreNeeds needs, Path store, long claimed, boolean free) {
        try {
            FileStore disk = Files.getFileStore(store);
            long total = disk.getTotalSpace();
            if (free && total > 0) {
                requireFree(needs, store, disk.getUsableSpace());
            } else {
                requireVolume(needs, store, claimed, total);
            }
        } catch (IOException e) {
            throw StoreException.of(store, "look at the volume of", e);
        }
    }

    static void requireFree(StoreNeeds needs, Path store, long free) {
        if (free < needs.bytes()) {
            throw refused(
                    store,
                    needs,
                    "its disk, which may be shared, has %s free".formatted(StoreNeeds.size(free)),
                    "Make room there, give the run another volume, or lower " + StoreNeeds.LESS);
        }
    }

    /// @param total bytes of the disk; 0 if it does not say
    static void requireVolume(StoreNeeds needs, Path store, long claimed, long total) {
        long volume = claimed > 0 && total > 0 ? Math.min(claimed, total) : Math.max(claimed, total);
        if (volume > 0 && volume < needs.bytes()) {
            throw refused(
                    store,
                    needs,
                    "its volume holds " + StoreNeeds.size(volume),
                    claimed > 0
                            ? "A run that has ended takes no larger volume: delete it and make it again, with a larger storage.volume.size"
                                    + " (and storage.adopt: true, to go on with what is there) or with a lower "
                                    + StoreNeeds.LESS
                            : "Give the run a larger volume, or lower " + StoreNeeds.LESS);
        }
    }

    private static LearnerFailure refused(Path store, StoreNeeds needs, String found, String advice) {
        return new LearnerFailure(
                ExitCode.STORE_REFUSED, "store %s: %s; %s. %s".formatted(store, needs.arithmetic(), found, advice));
    }
}
