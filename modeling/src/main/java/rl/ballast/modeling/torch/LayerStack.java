package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All decoder layers of one training pass. Keeps what the backward pass of a layer needs, or only the layer's
/// input, from which the layer is then run again; routes come from the same [RouteBook], so a replayed row is
/// consumed once more.
final class LayerStack {
    private final NDManager pass;
    private final PassContext context;
    private final List<LayerWeights> weights;
    private final boolean recompute;
    private final List<NDArray> inputs = new ArrayList<>();
    private final List<@Nullable DecoderLayer> kept = new ArrayList<>();

    LayerStack(NDManager pass, PassContext context, List<LayerWeights> weights, boolean recompute) {
        this.pass = pass;
        this.context = context;
        this.weights = weights;
        this.recompute = recompute;
    }

    /// @param embedded `[R, hidden]`; owned by this from now on
    NDArray forward(NDArray embedded) {
        NDArray x = embedded;
        for (LayerWeights layerWeights : weights) {
            DecoderLayer layer = new DecoderLayer(pass, context, layerWeights);
            inputs.add(x);
            x = layer.forward(x, pass);
            if (recompute) {
                layer.close();
                kept.add(null);
            } else {
                kept.add(layer);
            }
        }
        return x;
    }

    /// @return gradient of the embedded rows
    NDArray backward(NDArray gradient) {
        NDArray dy = gradient;
        for (int i = weights.size() - 1; i >= 0; i--) {
            try (DecoderLayer layer = recompute ? again(i) : requireNonNull(kept.get(i))) {
                NDArray dx = layer.backward(dy, pass);
                dy.close();
                dy = dx;
            }
            inputs.get(i).close();
        }
        return dy;
    }

    private DecoderLayer again(int index) {
        DecoderLayer layer = new DecoderLayer(pass, context, weights.get(index));
        layer.forward(inputs.get(index), pass).close();
        return layer;
    }
}
