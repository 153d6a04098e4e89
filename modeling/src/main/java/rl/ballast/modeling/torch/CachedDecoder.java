package rl.ballast.modeling.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore;

/// The model with a cache of keys and values, for generation. A row's bits depend on its sequence up to it only,
/// under the conditions that [TorchPolicy] names. One thread at a time.
public final class CachedDecoder implements AutoCloseable {
    private final ModelConfig config;
    private final Aten aten;
    private final NDManager manager;
    private final RotaryTable rotary;
    private final List<NDArray> keys = new ArrayList<>();
    private final List<NDArray> values = new ArrayList<>();

    /// One version of the weights, as views on a store that must outlive it.
    public static final class Weights implements AutoCloseable {
        private final NDManager manager;
        private final ModelTensors tensors;

        private Weights(NDManager manager, ModelTensors tensors) {
            this.manager = manager;
            this.tensors = tensors;
        }

        @Override
        public void close() {
            manager.close();
        }
    }

    /// @param slots positions that the cache holds, of all sequences together
    /// @throws TorchUnavailable when libtorch cannot be used
    public CachedDecoder(ModelConfig config, int computeThreads, int slots) {
        this.config = config;
        this.aten = LibTorch.load(computeThreads);
        this.manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        this.rotary = new RotaryTable(manager, config);
        Shape shape = new Shape(slots, (long) config.kvHeads() * config.headDim());
        for (int layer = 0; layer < config.layers(); layer++) {
            keys.add(manager.zeros(shape, DataType.FLOAT32));
            values.add(manager.zeros(shape, DataType.FLOAT32));
        }
    }

    /// May be called from any thread.
    ///
    /// @throws InvalidInput when the weights do not match the configuration
    public Weights load(ParameterStore store) {
        NDManager own = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        boolean loaded = false;
        try {
            Weights weights = new Weights(own, ModelTensors.of(own, config, store));
            loaded = true;
            return weights;
        } finally {
            if (!loaded) {
                own.close();
            }
        }
    }

    /// Feeds rows: the keys and values of all rows of a layer are written before any row attends.
    public DecoderStep.Result forward(Weights weights, DecoderStep step) {
        JniUtils.setGradMode(false);
        int padded = PackedBatch.roundUp(step.rows(), PackedBatch.ROW_MULTIPLE);
        LiveChoice choice = new LiveChoice(config, step.rows(), padded);
        int last = Arrays.stream(step.positions()).max().orElse(0);
        try (NDManager pass = manager.newSubManager()) {
            int[] positions = Arrays.copyOf(step.positions(), padded);
            RowContext context = RowContext.of(config, aten, choice, rotary, pass, positions, last);
            NDArray x = aten.rows(
                    pass, weights.tensors.embedding().value(), pass.create(Arrays.copyOf(step.tokens(), padded)));
            for (int layer = 0; layer < config.layers(); layer++) {
                x = layer(context, step, weights.tensors.layers().get(layer), layer, x, pass);
            }
            float[] logits = logits(weights.tensors, x, step.logitRows());
            return new DecoderStep.Result(logits, choice.experts(), choice.gates());
        }
    }

    private NDArray layer(
            RowContext context, DecoderStep step, LayerWeights weights, int layer, NDArray x, NDManager pass) {
        try (NDManager own = pass.newSubManager()) {
            NDArray input = aten.alias(own, x);
            NDArray attended = new CachedAttention(context, step)
                    .forward(normed(weights.inputNorm(), input), weights, keys.get(layer), values.get(layer));
            attended.addi(input);
            NDArray result = Mlp.of(context, weights).forward(normed(weights.mlpNorm(), attended));
            result.addi(attended);
            result.attach(pass);
            x.close();
            return result;
        }
    }

    private NDArray normed(Parameter weight, NDArray x) {
        return new Norm(aten, weight.value(), config.rmsNormEps()).forward(x);
    }

    private float[] logits(ModelTensors tensors, NDArray x, int[] rows) {
        if (rows.length == 0) {
            return new float[0];
        }
        int[] index = Arrays.copyOf(rows, PackedBatch.roundUp(rows.length, PackedBatch.ROW_MULTIPLE));
        NDManager pass = x.getManager();
        NDArray wanted = normed(tensors.finalNorm(), aten.rows(pass, x, pass.create(index)));
        NDArray logits = wanted.matMul(tensors.projection().transposed());
        return aten.floats(Aten.slice(logits, 0, 0, rows.length));
    }

    @Override
    public void close() {
        manager.close();
    }
}
