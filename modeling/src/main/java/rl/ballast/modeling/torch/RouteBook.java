package rl.ballast.modeling.torch;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// Decides which experts every row of one pass uses, and records what the router itself chose. The top k are those
/// of largest probability, ties to the lower id. Not thread-safe.
final class RouteBook {
    /// The experts that the rows of one layer use.
    ///
    /// @param experts `[R][k]` flat, ascending; -1 for padding rows
    /// @param weights gate weights, laid out like `experts`
    /// @param mass per row the sum of the used probabilities, the divisor when they are renormalised
    record Used(int[] experts, float[] weights, float[] mass) {}

    private final ModelConfig config;
    private final List<ForwardInput> inputs;
    private final PackedBatch batch;
    private final RouteLedger ledger;
    private final int layers;
    private final int topK;
    private final Routes[] live;
    private final float @Nullable [][] gates;
    private final boolean[] recorded;

    RouteBook(ModelConfig config, List<ForwardInput> inputs, PackedBatch batch, boolean wantGateWeights) {
        this.config = config;
        this.inputs = inputs;
        this.batch = batch;
        this.ledger = new RouteLedger(config, inputs);
        this.layers = config.moeLayerIndices().length;
        this.topK = config.expertsPerToken();
        this.live = new Routes[layers == 0 ? 0 : inputs.size()];
        this.gates = wantGateWeights && layers > 0 ? new float[inputs.size()][] : null;
        this.recorded = new boolean[layers];
        for (int i = 0; i < live.length; i++) {
            int rows = inputs.get(i).tokens().length - 1;
            live[i] = new Routes(rows, layers, topK);
            if (gates != null) {
                gates[i] = new float[rows * layers * topK];
            }
        }
    }

    /// @param probabilities router softmax, `[R][experts]` flat
    Used use(int moeLayer, float[] probabilities) {
        int experts = config.numExperts();
        int[] used = new int[batch.rows() * topK];
        float[] weights = new float[batch.rows() * topK];
        float[] mass = new float[batch.rows()];
        int[] top = new int[topK];
        boolean first = !recorded[moeLayer];
        for (int r = 0; r < batch.rows(); r++) {
            int input = batch.input()[r];
            if (input < 0) {
                java.util.Arrays.fill(used, r * topK, (r + 1) * topK, -1);
                continue;
            }
            int row = batch.position()[r];
            if (first) {
                topK(probabilities, r * experts, experts, top);
                live[input].set(row, moeLayer, top, 0);
            }
            choose(input, row, moeLayer, used, r * topK);
            mass[r] = weigh(probabilities, r * experts, used, weights, r * topK);
            if (first && gates != null) {
                System.arraycopy(weights, r * topK, gates[input], (row * layers + moeLayer) * topK, topK);
            }
        }
        recorded[moeLayer] = true;
        return new Used(used, weights, mass);
    }

    private void choose(int input, int row, int moeLayer, int[] used, int offset) {
        Routes replay = inputs.get(input).replay();
        boolean replayed = replay != null && replay.valid(row, moeLayer);
        Routes source = replayed ? Objects.requireNonNull(replay) : live[input];
        for (int slot = 0; slot < topK; slot++) {
            used[offset + slot] = source.id(row, moeLayer, slot);
        }
        if (replayed) {
            ledger.consume(input, row, moeLayer);
        }
    }

    private float weigh(float[] probabilities, int base, int[] used, float[] weights, int offset) {
        float sum = 0;
        for (int slot = 0; slot < topK; slot++) {
            weights[offset + slot] = probabilities[base + used[offset + slot]];
            sum += weights[offset + slot];
        }
        if (config.normTopkProb()) {
            for (int slot = 0; slot < topK; slot++) {
                weights[offset + slot] /= sum;
            }
        }
        return sum;
    }

    /// The indices of the `top.length` largest of `values[base..base+count)`, ascending; ties to the lower index.
    static void topK(float[] values, int base, int count, int[] top) {
        int k = top.length;
        for (int n = 0; n < k; n++) {
            top[n] = -1;
        }
        for (int e = 0; e < count; e++) {
            float value = values[base + e];
            int slot = Math.min(e, k);
            while (slot > 0 && value > values[base + top[slot - 1]]) {
                slot--;
            }
            if (slot < k) {
                System.arraycopy(top, slot, top, slot + 1, k - 1 - slot);
                top[slot] = e;
            }
        }
        java.util.Arrays.sort(top);
    }

    @Nullable
    Routes live(int input) {
        return layers == 0 ? null : live[input];
    }

    float @Nullable [] gates(int input) {
        return gates == null ? null : gates[input];
    }

    /// Checks that every recorded route was used `passes` times.
    RouteConsumption close(int passes) {
        return ledger.close(passes);
    }
}
