package rl.ballast.rollout.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.weights.Verification;
import rl.ballast.modeling.weights.WeightManifest;
import rl.ballast.modeling.weights.WeightVerifier;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.rollout.engine.EngineRefusal;
import rl.ballast.rollout.engine.EngineWeights;

/// Opens versions of a store with [WeightVerifier]. Refuses a store of another run.
///
/// @param runUid the run of this engine
record StoreReader(StoreLayout store, String runUid, ServedPrecision precision) implements StoredVersion.Reader {

    @Override
    public WeightsAnnouncement describe(String folder, long newestEpoch) {
        StoreCheck.requireRun(store, runUid);
        Path file = store.inside(folder).resolve(WeightManifest.FILE);
        try {
            byte[] json = Files.readAllBytes(file);
            WeightManifest manifest = WeightManifest.parse(file, json);
            long epoch = Math.max(newestEpoch, manifest.epoch());
            return new WeightsAnnouncement(epoch, manifest.version(), folder, WeightManifest.digest(json));
        } catch (NoSuchFileException e) {
            throw refused("%s: expected a manifest, found nothing".formatted(file));
        } catch (InvalidModel | IOException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // the opened version owns the arena and closes it
    public StoredVersion open(WeightsAnnouncement announcement, @Nullable String modelDigest) {
        StoreCheck.requireRun(store, runUid);
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            Verification verification =
                    new WeightVerifier(store, precision).load(announcement, announcement.epoch(), modelDigest, arena);
            StoredVersion version = switch (verification) {
                case Verification.Refused refused -> throw refused(refused.message());
                case Verification.Verified verified ->
                    new Opened(weights(verified), verified.manifest(), announcement.manifestSha256(), arena);
            };
            opened = true;
            return version;
        } catch (InvalidModel | IllegalArgumentException | UncheckedIOException e) {
            throw refused(String.valueOf(e.getMessage()));
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }

    private static EngineWeights weights(Verification.Verified verified) {
        Map<String, String> promised = new HashMap<>();
        for (WeightManifest.TensorEntry entry : verified.manifest().tensors()) {
            promised.put(
                    entry.name(),
                    String.valueOf(entry.served().get(verified.weights().precision())));
        }
        var version = new PolicyVersion(verified.manifest().version());
        return new EngineWeights(
                version,
                verified.config(),
                verified.weights(),
                promised,
                verified.manifest().probe());
    }

    private static EngineRefusal refused(String why) {
        return new EngineRefusal(Reason.WEIGHTS_REFUSED, why + "; the weights in service are unchanged");
    }

    private record Opened(EngineWeights weights, WeightManifest manifest, String manifestSha256, Arena arena)
            implements StoredVersion {
        @Override
        public PolicyVersion version() {
            return weights.version();
        }

        @Override
        public long epoch() {
            return manifest.epoch();
        }

        @Override
        public String modelDigest() {
            return manifest.modelDigest();
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
