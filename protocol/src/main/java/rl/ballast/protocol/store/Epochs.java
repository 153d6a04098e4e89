package rl.ballast.protocol.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Which start of the learner owns the run. Every start takes the next epoch; whoever holds an older one is cut off.
/// Epochs count from 1 and are never used twice.
///
/// @param folder `epochs/` of the store
public record Epochs(Path folder) {
    private static final Pattern NAME = Pattern.compile("\\d{6,18}");

    public static Epochs of(StoreLayout layout) {
        return new Epochs(layout.epochs());
    }

    /// Takes the next epoch by exclusive creation: of several learners that start together each gets its own.
    public long next() {
        try {
            Files.createDirectories(folder);
            long candidate = newest().orElse(0) + 1;
            while (!create(candidate)) {
                candidate++;
            }
            AtomicFiles.sync(folder);
            return candidate;
        } catch (IOException e) {
            throw StoreException.of(folder, "take an epoch in", e);
        }
    }

    /// The newest epoch that anybody took.
    public OptionalLong newest() {
        if (!Files.isDirectory(folder)) {
            return OptionalLong.empty();
        }
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> NAME.matcher(name).matches())
                    .mapToLong(Long::parseLong)
                    .max();
        } catch (IOException e) {
            throw StoreException.of(folder, "list", e);
        }
    }

    /// Refuses to go on if a newer learner has taken over.
    ///
    /// @throws StoreException.Refused if `epoch` is not the newest
    public void requireNewest(long epoch) {
        long newest = newest().orElse(0);
        if (newest != epoch) {
            throw new StoreException.Refused(
                    "%s: expected epoch %d to be the newest, found %d; a newer learner owns this run"
                            .formatted(folder, epoch, newest));
        }
    }

    private boolean create(long epoch) throws IOException {
        try {
            Files.createFile(folder.resolve("%06d".formatted(epoch)));
            return true;
        } catch (FileAlreadyExistsException _) {
            return false;
        }
    }
}
