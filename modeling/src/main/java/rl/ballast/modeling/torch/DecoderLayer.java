package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import rl.ballast.modeling.config.ModelConfig;

/// One decoder layer in one pass: `x + attention(norm x)`, then `+ mlp(norm ...)`. Everything it keeps for the
/// backward pass belongs to its own manager and goes with [#close()].
final class DecoderLayer implements AutoCloseable {
    private final NDManager manager;
    private final LayerWeights weights;
    private final Aten aten;
    private final Norm inputNorm;
    private final Attention attention;
    private final Norm mlpNorm;
    private final Mlp mlp;

    DecoderLayer(NDManager parent, PassContext context, LayerWeights weights) {
        ModelConfig config = context.config();
        this.manager = parent.newSubManager();
        this.weights = weights;
        this.aten = context.aten();
        this.inputNorm = new Norm(aten, weights.inputNorm().value(), config.rmsNormEps());
        this.attention = new Attention(context, weights);
        this.mlpNorm = new Norm(aten, weights.mlpNorm().value(), config.rmsNormEps());
        this.mlp = Mlp.of(context.rows(), weights);
    }

    /// @param x `[R, hidden]`
    /// @return `[R, hidden]`, attached to `owner`
    NDArray forward(NDArray x, NDManager owner) {
        NDArray input = aten.alias(manager, x);
        NDArray middle = attention.forward(inputNorm.forward(input));
        middle.addi(input);
        NDArray result = mlp.forward(mlpNorm.forward(middle));
        result.addi(middle);
        result.attach(owner);
        return result;
    }

    /// @return gradient of the input, attached to `owner`
    NDArray backward(NDArray gradient, NDManager owner) {
        NDArray dy = aten.alias(manager, gradient);
        NDArray dMiddle = mlpNorm.backward(
                mlp.backward(dy), g -> weights.mlpNorm().gradient().addi(g));
        dMiddle.addi(dy);
        NDArray dx = inputNorm.backward(
                attention.backward(dMiddle), g -> weights.inputNorm().gradient().addi(g));
        dx.addi(dMiddle);
        dx.attach(owner);
        return dx;
    }

    @Override
    public void close() {
        manager.close();
    }
}
