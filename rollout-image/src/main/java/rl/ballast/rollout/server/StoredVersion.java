package rl.ballast.rollout.server;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.rollout.engine.EngineWeights;

/// A version of the store, opened and compared with its manifest and announcement as far as files can
/// show. Closing frees its memory.
interface StoredVersion extends AutoCloseable {
    PolicyVersion version();

    /// The learner's epoch that published it.
    long epoch();

    String manifestSha256();

    /// Digest of the model's configuration.
    String modelDigest();

    EngineWeights weights();

    @Override
    void close();

    /// Opens versions.
    interface Reader {
        /// The announcement of a version that nobody announced.
        ///
        /// @param folder store-relative, for example `weights/v000012`
        /// @throws rl.ballast.rollout.engine.EngineRefusal `WEIGHTS_REFUSED` if there is no version
        WeightsAnnouncement describe(String folder, long newestEpoch);

        /// @param modelDigest of the model in service; null at first
        /// @throws rl.ballast.rollout.engine.EngineRefusal `WEIGHTS_REFUSED` naming the file or the
        /// tensor and the reason
        StoredVersion open(WeightsAnnouncement announcement, @Nullable String modelDigest);
    }
}
