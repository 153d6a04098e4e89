package rl.ballast.operator.pool;

import java.time.Instant;
import java.util.List;
import rl.ballast.operator.learner.RestartRules;
import rl.ballast.operator.pods.PodFacts;

/// @param replicas wanted engines; 0 while suspended
/// @param revision that every engine should have
/// @param pods of the engines
/// @param rules after which one that ends again and again is made anew
public record EngineObserved(int replicas, String revision, List<PodFacts> pods, RestartRules rules, Instant now) {
    public EngineObserved {
        pods = List.copyOf(pods);
    }
}
