package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/// The MLP of one dense layer in one pass: `down(silu(gate x) * up x)`.
final class FeedForward implements Mlp {
    private final Aten aten;
    private final LayerWeights.Expert weights;
    private @Nullable NDArray input;
    private @Nullable NDArray gate;
    private @Nullable NDArray up;
    private @Nullable NDArray activated;

    FeedForward(Aten aten, LayerWeights.Expert weights) {
        this.aten = aten;
        this.weights = weights;
    }

    @Override
    public NDArray forward(NDArray x) {
        NDArray g = x.matMul(weights.gate().transposed());
        NDArray u = x.matMul(weights.up().transposed());
        NDArray s = GatedUnit.silu(aten, g);
        input = x;
        gate = g;
        up = u;
        activated = s;
        try (NDArray hidden = s.mul(u)) {
            return hidden.matMul(weights.down().transposed());
        }
    }

    @Override
    public NDArray backward(NDArray dy) {
        NDArray x = requireNonNull(input, "forward comes first");
        NDArray g = requireNonNull(gate);
        NDArray u = requireNonNull(up);
        NDArray s = requireNonNull(activated);
        try (NDArray hidden = s.mul(u)) {
            aten.addMm(weights.down().gradient(), dy.transpose(), hidden);
        }
        try (NDArray dHidden = dy.matMul(weights.down().value());
                NDArray du = dHidden.mul(s)) {
            dHidden.muli(u);
            try (NDArray dg = aten.siluBackward(dy.getManager(), dHidden, g)) {
                aten.addMm(weights.gate().gradient(), dg.transpose(), x);
                aten.addMm(weights.up().gradient(), du.transpose(), x);
                NDArray dx = dg.matMul(weights.gate().value());
                aten.addMm(dx, du, weights.up().value());
                return dx;
            }
        }
    }
}
