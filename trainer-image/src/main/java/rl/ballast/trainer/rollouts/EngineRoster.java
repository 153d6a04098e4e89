package rl.ballast.trainer.rollouts;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.LearnerConfig;

/// Which engines a learner has now. On a cluster the pool may be scaled while the learner runs: its configuration file
/// then changes in place, and `engines` is the one field of it that is read again. Thread-safe.
public final class EngineRoster {
    private static final Logger LOG = LoggerFactory.getLogger(EngineRoster.class);

    /// Lenient: an operator that is newer than this learner may write what it does not know.
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final @Nullable Path file;
    /// Time of the file that was read last. Null at first: it may have changed since its reader started.
    private @Nullable FileTime read;
    private List<String> engines;

    private EngineRoster(@Nullable Path file, List<String> engines) {
        this.file = file;
        this.engines = List.copyOf(engines);
    }

    /// @param file that `config` was read from; null if its engines stay as they are
    public static EngineRoster of(LearnerConfig config, @Nullable Path file) {
        return new EngineRoster(file, config.engines());
    }

    /// Base URLs. A file that is away, broken or without engines changes nothing.
    public synchronized List<String> engines() {
        FileTime newest = modified();
        if (file != null && newest != null && !newest.equals(read)) {
            read = newest;
            try {
                List<String> found = new ArrayList<>();
                JSON.readTree(file.toFile()).path("engines").forEach(engine -> found.add(engine.asText()));
                if (!found.isEmpty()) {
                    engines = List.copyOf(found);
                }
            } catch (IOException e) {
                LOG.warn("the engines stay as they were: {}: {}", file, e.getMessage());
            }
        }
        return engines;
    }

    private @Nullable FileTime modified() {
        try {
            return file == null ? null : Files.getLastModifiedTime(file);
        } catch (IOException away) {
            return null;
        }
    }
}
