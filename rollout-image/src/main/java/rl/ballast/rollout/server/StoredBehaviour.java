package rl.ballast.rollout.server;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.rollout.engine.BehaviourBase;

/// The base in the run's store, one file per backend and precision: it outlives engines, and all engines of a kind are
/// held to the same. Where the file cannot be read or written, the base is this engine's own, and the log says so.
final class StoredBehaviour implements BehaviourBase {
    private static final Logger LOG = LoggerFactory.getLogger(StoredBehaviour.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path folder;
    private final Path file;
    private @Nullable Base known;

    StoredBehaviour(StoreLayout store, EngineConfig.Backend backend, ServedPrecision precision) {
        folder = store.root().resolve("probes");
        file = folder.resolve("%s-%s.json".formatted(backend, precision));
    }

    /// The content of the file.
    record Base(long policyVersion, double deviation) {
        Base {
            if (!(deviation >= 0) || Double.isInfinite(deviation)) {
                throw new IllegalArgumentException(
                        "deviation: expected a finite number of at least 0, found " + deviation);
            }
        }
    }

    @Override
    public double orFirst(PolicyVersion version, double deviation) {
        Base base = known;
        if (base == null) {
            base = fromStore(new Base(version.value(), deviation));
            known = base;
        }
        return base.deviation();
    }

    private Base fromStore(Base mine) {
        try {
            if (Files.exists(file)) {
                return JSON.readValue(Files.readString(file, StandardCharsets.UTF_8), Base.class);
            }
            Files.createDirectories(folder);
            AtomicFiles.write(file, JSON.writeValueAsString(mine) + "\n");
        } catch (IOException | StoreException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .log("the base of behaviour probes is this engine's own: {}", e.getMessage());
        }
        return mine;
    }
}
