package rl.ballast.rollout.engine;

import java.util.Map;
import rl.ballast.protocol.PolicyVersion;

/// One version's weights as a backend computes with them. Closed by the engine once they neither serve nor may
/// serve again.
public interface ResidentWeights extends AutoCloseable {
    PolicyVersion version();

    /// Digest of every tensor, *computed now from the resident buffers* with any packing undone, so that it
    /// proves what the next pass will multiply with. Keys and digests as in [EngineWeights#digests()].
    Map<String, String> residentDigests();

    @Override
    void close();
}
