package rl.ballast.rollout.engine;

import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.EngineError.Reason;

/// Weights that are loaded and proved by their digests, and wait for their turn.
///
/// @param probe still to be passed; null if there is none
record StagedSwap(ResidentWeights weights, @Nullable BehaviourProbe probe, CompletableFuture<Void> future) {

    /// Builds resident buffers and compares their digests with what the manifest promises.
    ///
    /// @throws EngineRefusal `WEIGHTS_REFUSED`, naming the tensor; nothing stays resident
    static ResidentWeights stage(Backend backend, EngineWeights weights) {
        if (weights.probe() != null) {
            BehaviourCheck.requireFit(weights.version(), weights.probe(), backend.config());
        }
        ResidentWeights staged = backend.stage(weights);
        boolean proved = false;
        try {
            compare(weights.version(), weights.digests(), staged.residentDigests());
            proved = true;
            return staged;
        } finally {
            if (!proved) {
                staged.close();
            }
        }
    }

    private static void compare(PolicyVersion version, Map<String, String> promised, Map<String, String> resident) {
        TreeSet<String> names = new TreeSet<>(promised.keySet());
        names.addAll(resident.keySet());
        for (String name : names) {
            String expected = promised.getOrDefault(name, "no such tensor");
            String found = resident.getOrDefault(name, "no such tensor");
            if (!expected.equals(found)) {
                throw new EngineRefusal(
                        Reason.WEIGHTS_REFUSED,
                        "policy version %d: tensor '%s': the manifest says %s, resident is %s; the weights in service are unchanged"
                                .formatted(version.value(), name, expected, found));
            }
        }
    }
}
