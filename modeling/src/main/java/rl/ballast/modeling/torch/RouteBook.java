package rl.ballast.modeling.torch;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// Decides which experts every row of one pass uses, and records what the router itself chose. The top k are those
/// of largest probability, ties to the lower id. Not thread-safe.
final class RouteBook implements ExpertChoice {
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

    @Override
    public Used use(int moeLayer, float[] probabilities) {
        int experts = config.numExperts();
        Used used = Used.padding(batch.rows(), topK);
        int[] top = new int[topK];
        boolean first = !recorded[moeLayer];
        for (int r = 0; r < batch.rows(); r++) {
            int input = batch.input()[r];
            if (input < 0) {
                continue;
            }
            int row = batch.position()[r];
            if (first) {
                ExpertChoice.topK(probabilities, r * experts, experts, top);
                live[input].set(row, moeLayer, top, 0);
            }
            choose(input, row, moeLayer, used.experts(), r * topK);
            used.weigh(r, topK, probabilities, experts, config.normTopkProb());
            if (first && gates != null) {
                System.arraycopy(used.weights(), r * topK, gates[input], (row * layers + moeLayer) * topK, topK);
            }
        }
        recorded[moeLayer] = true;
        return used;
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
