package rl.ballast.trainer.publish;

import java.nio.file.Path;
import java.util.Optional;
import rl.ballast.protocol.PolicyVersion;

/// How the policy's weights become a folder of the store.
public interface VersionFormat {
    /// Writes the weights of now as a new, complete version and points `weights/current` at it.
    ///
    /// @param step that they are the result of
    /// @param parent version that the step sampled from; empty for the first
    /// @param epoch of this learner
    void write(PolicyVersion version, int step, Optional<PolicyVersion> parent, long epoch);

    /// The step that a complete folder's manifest names.
    int step(Path folder);

    /// Whether a complete folder holds exactly the weights of now.
    boolean holdsWeights(Path folder);

    /// Hex digest of a complete folder's weights, whatever version they are published as.
    String weightsDigest(Path folder);

    /// Hex digest of the folder's manifest, for the announcement.
    String manifestSha256(Path folder);
}
