package rl.ballast.operator.pool;

import java.util.List;
import rl.ballast.operator.pods.PodFacts;

/// @param replicas wanted engines; 0 while suspended
/// @param revision that every engine should have
/// @param pods of the engines
public record EngineObserved(int replicas, String revision, List<PodFacts> pods) {
    public EngineObserved {
        pods = List.copyOf(pods);
    }
}
