package rl.ballast.trainer.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.store.RunIdentity;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;

/// `storage.adopt`: a new run goes on with what an earlier run of its name left on the volume. The folder is renamed,
/// so that a process of the earlier run that still lives finds nothing to write to; the learner then opens it as a
/// resumed one, and refuses it if the model is another.
final class StoreAdoption {
    private static final Logger LOG = LoggerFactory.getLogger(StoreAdoption.class);

    private record Earlier(Path folder, RunIdentity identity) {}

    private StoreAdoption() {}

    /// Does nothing if the run has its folder already, or if no earlier run of the name has left one. Of several the
    /// newest is taken.
    ///
    /// @throws StoreException if the volume cannot be read, or the folder not be renamed
    static void adopt(StoreLayout store, RunRef run) {
        Path target = store.root();
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Optional<Earlier> newest =
                earlier(target, run).stream().max(Comparator.comparing(found -> found.identity.createdAt()));
        if (newest.isEmpty()) {
            LOG.info("storage.adopt: no earlier run {} has left a store; a new one begins", run.name());
            return;
        }
        Path folder = newest.get().folder;
        try {
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw StoreException.of(folder, "adopt", e);
        }
        LOG.info("storage.adopt: goes on with {}", folder.getFileName());
    }

    private static List<Earlier> earlier(Path target, RunRef run) {
        Path volume = target.getParent();
        if (volume == null || !Files.isDirectory(volume)) {
            return List.of();
        }
        Pattern name = Pattern.compile(Pattern.quote(run.name()) + "-[0-9a-z]{1,8}");
        try (Stream<Path> folders = Files.list(volume)) {
            return folders.filter(folder ->
                            name.matcher(folder.getFileName().toString()).matches())
                    .filter(folder -> Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))
                    .flatMap(folder -> identity(folder).stream())
                    .filter(found -> found.identity.name().equals(run.name()))
                    .toList();
        } catch (IOException e) {
            throw StoreException.of(volume, "list", e);
        }
    }

    /// Empty for a folder that no learner has opened, or whose identity cannot be understood: that is not ours to take.
    private static Optional<Earlier> identity(Path folder) {
        Path file = new StoreLayout(folder).identity();
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Earlier(folder, RunIdentity.read(file)));
        } catch (StoreException e) {
            LOG.warn("storage.adopt: left alone: {}", e.getMessage());
            return Optional.empty();
        }
    }
}
