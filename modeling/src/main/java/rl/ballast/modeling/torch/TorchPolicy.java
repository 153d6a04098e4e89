package rl.ballast.modeling.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore;

/// [Policy] on PyTorch. Weights are views on the parameter store; gradients are added straight into its gradient
/// buffer. The backward pass is written out per block (norm, attention, experts, head), so nothing depends on
/// libtorch's process-wide autograd state.
///
/// Batch invariance: every matrix product has at least [PackedBatch#ROW_MULTIPLE] rows and a multiple of it,
/// attention runs on blocks whose shape depends on the sequence alone, reductions run along the last axis, and sums
/// over experts are taken in the order of expert id.
public final class TorchPolicy implements Policy {
    private static final Logger LOG = LoggerFactory.getLogger(TorchPolicy.class);

    private final ModelConfig config;
    private final ParameterStore store;
    private final TorchOptions options;
    private final Aten aten;
    private final NDManager manager;
    private final ModelTensors weights;
    private final RotaryTable rotary;
    private final CausalMasks masks;
    private RouteConsumption consumption = RouteConsumption.NONE;

    /// @param store must stay open until this is closed
    /// @throws TorchUnavailable when libtorch cannot be used
    /// @throws InvalidInput when the weights do not match the configuration
    public TorchPolicy(ModelConfig config, ParameterStore store, TorchOptions options) {
        this.config = config;
        this.store = store;
        this.options = options;
        this.aten = LibTorch.load(options.computeThreads());
        this.manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        this.weights = ModelTensors.of(manager, config, store);
        this.rotary = new RotaryTable(manager, config);
        this.masks = new CausalMasks(manager, config.heads() / config.kvHeads());
        BatchInvarianceCheck.firstDifference(this)
                .ifPresent(difference -> LOG.atWarn()
                        .addKeyValue("difference", difference)
                        .log("Forward results depend on the batch with this matrix library: resumed runs and parity"
                                + " checks will not be exact"));
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public ParameterStore parameters() {
        return store;
    }

    @Override
    public RouteConsumption routeConsumption() {
        return consumption;
    }

    @Override
    public List<ForwardOutput> score(List<ForwardInput> inputs, double temperature, boolean wantGateWeights) {
        InputCheck.check(config, inputs, temperature);
        List<ForwardOutput> outputs = new ArrayList<>();
        for (int from = 0; from < inputs.size(); ) {
            int to = from;
            int rows = 0;
            while (to < inputs.size() && (to == from || rows < options.maxRowsPerPass())) {
                rows += inputs.get(to++).tokens().length - 1;
            }
            outputs.addAll(scoreOnce(inputs.subList(from, to), temperature, wantGateWeights));
            from = to;
        }
        return List.copyOf(outputs);
    }

    private List<ForwardOutput> scoreOnce(List<ForwardInput> inputs, double temperature, boolean wantGateWeights) {
        JniUtils.setGradMode(false);
        try (NDManager pass = manager.newSubManager()) {
            PassContext context = context(pass, inputs, wantGateWeights);
            NDArray x = embed(pass, context.batch());
            for (LayerWeights layerWeights : weights.layers()) {
                try (DecoderLayer layer = new DecoderLayer(pass, context, layerWeights)) {
                    NDArray next = layer.forward(x, pass);
                    x.close();
                    x = next;
                }
            }
            OutputHead.Scores scores = head(context, inputs, temperature).forward(x, false);
            consumption = consumption.plus(context.routes().close(1));
            return outputs(inputs, context, scores);
        }
    }

    @Override
    public List<ForwardOutput> forwardBackward(List<ForwardInput> inputs, double temperature, Objective objective) {
        InputCheck.check(config, inputs, temperature);
        if (inputs.isEmpty()) {
            return List.of();
        }
        JniUtils.setGradMode(false);
        try (NDManager pass = manager.newSubManager()) {
            PassContext context = context(pass, inputs, false);
            LayerStack stack = new LayerStack(pass, context, weights.layers(), options.activationRecompute());
            NDArray last = stack.forward(embed(pass, context.batch()));
            OutputHead head = head(context, inputs, temperature);
            List<ForwardOutput> outputs = outputs(inputs, context, head.forward(last, true));
            float[] coefficients = flat(outputs, objective.coefficients(outputs));
            if (coefficients.length > 0) {
                addEmbeddingGradient(context.batch(), stack.backward(head.backward(pass, coefficients)));
            }
            boolean recomputed = options.activationRecompute() && coefficients.length > 0;
            consumption = consumption.plus(context.routes().close(recomputed ? 2 : 1));
            return outputs;
        }
    }

    private PassContext context(NDManager pass, List<ForwardInput> inputs, boolean wantGateWeights) {
        PackedBatch batch = PackedBatch.of(inputs);
        RouteBook routes = new RouteBook(config, inputs, batch, wantGateWeights);
        int last = Arrays.stream(batch.position()).max().orElse(0);
        RowContext rows = RowContext.of(config, aten, routes, rotary, pass, batch.position(), last);
        return new PassContext(rows, batch, routes, masks);
    }

    private NDArray embed(NDManager pass, PackedBatch batch) {
        try (NDArray index = pass.create(batch.token())) {
            return aten.rows(pass, weights.embedding().value(), index);
        }
    }

    private OutputHead head(PassContext context, List<ForwardInput> inputs, double temperature) {
        KeptTokens kept = new KeptTokens(inputs, context.batch().scored());
        return new OutputHead(
                context, weights.finalNorm(), weights.projection(), kept, temperature, options.maxLogitElements());
    }

    private static List<ForwardOutput> outputs(
            List<ForwardInput> inputs, PassContext context, OutputHead.Scores scores) {
        int[] start = context.batch().scored().start();
        List<ForwardOutput> outputs = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            outputs.add(new ForwardOutput(
                    Arrays.copyOfRange(scores.logProbs(), start[i], start[i + 1]),
                    Arrays.copyOfRange(scores.entropies(), start[i], start[i + 1]),
                    context.routes().live(i),
                    context.routes().gates(i)));
        }
        return Collections.unmodifiableList(outputs);
    }

    private static float[] flat(List<ForwardOutput> outputs, float[][] coefficients) {
        if (coefficients.length != outputs.size()) {
            throw new IllegalArgumentException(
                    "coefficients for %d sequences, expected %d".formatted(coefficients.length, outputs.size()));
        }
        int total = 0;
        for (int i = 0; i < coefficients.length; i++) {
            int expected = outputs.get(i).trainerLogProbs().length;
            if (coefficients[i].length != expected) {
                throw new IllegalArgumentException("sequence %d: %d coefficients, expected %d scored tokens"
                        .formatted(i, coefficients[i].length, expected));
            }
            total += expected;
        }
        float[] result = new float[total];
        int at = 0;
        for (float[] row : coefficients) {
            System.arraycopy(row, 0, result, at, row.length);
            at += row.length;
        }
        return result;
    }

    /// Adds every row to the gradient of its token, in row order.
    private void addEmbeddingGradient(PackedBatch batch, NDArray gradient) {
        int hidden = config.hiddenSize();
        float[] rows = aten.floats(gradient);
        MemorySegment target = aten.memory(weights.embedding().gradient(), Float.BYTES);
        float[] sum = new float[hidden];
        for (int r = 0; r < batch.rows(); r++) {
            if (batch.input()[r] >= 0) {
                long at = (long) batch.token()[r] * hidden * Float.BYTES;
                MemorySegment.copy(target, ValueLayout.JAVA_FLOAT, at, sum, 0, hidden);
                for (int i = 0; i < hidden; i++) {
                    sum[i] += rows[r * hidden + i];
                }
                MemorySegment.copy(sum, 0, target, ValueLayout.JAVA_FLOAT, at, hidden);
            }
        }
    }

    /// Arrays that belong to the policy itself and live as long as it; for leak tests.
    int heldArrays() {
        return manager.getManagedArrays().size();
    }

    @Override
    public void close() {
        manager.close();
    }
}
