package rl.ballast.rollout.engine;

import java.util.Arrays;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.modeling.weights.ParameterStore.Slice;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.modeling.weights.TensorType;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.wire.EngineError.Reason;

/// Refuses weights that do not have exactly the tensors that a backend computes with. Every backend calls it
/// first.
public final class WeightsCheck {
    private WeightsCheck() {}

    /// @throws EngineRefusal `WEIGHTS_REFUSED` naming the tensor, expected and found
    public static void check(EngineWeights weights, ModelConfig config, ServedPrecision precision) {
        if (!weights.config().equals(config)) {
            throw refusal(weights, "config.json", "the configuration this engine was started with", "another model");
        }
        if (weights.served().precision() != precision) {
            throw refusal(
                    weights,
                    "all tensors",
                    "precision " + precision,
                    weights.served().precision().name());
        }
        ParameterLayout layout = ParameterLayout.of(config);
        for (Slice slice : layout.slices()) {
            ServedTensor tensor = weights.served().tensors().get(slice.name());
            TensorType type = ServedWeights.typeOf(slice.name(), precision);
            String expected = type + Arrays.toString(slice.shape());
            String found = tensor == null ? "nothing" : tensor.type() + Arrays.toString(tensor.shape());
            if (!expected.equals(found)) {
                throw refusal(weights, slice.name(), expected, found);
            }
        }
        for (String name : weights.served().tensors().keySet()) {
            if (!layout.byName().containsKey(name)) {
                throw refusal(weights, name, "no such tensor", "one");
            }
        }
    }

    private static EngineRefusal refusal(EngineWeights weights, String what, String expected, String found) {
        return new EngineRefusal(
                Reason.WEIGHTS_REFUSED,
                "policy version %d: %s: expected %s, found %s; the weights in service are unchanged"
                        .formatted(weights.version().value(), what, expected, found));
    }
}
