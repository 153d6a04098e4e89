package rl.ballast.modeling.torch;

import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// Counts how often every replayed (sequence, row, layer) route was used in one pass. A route that is skipped, or
/// used twice where it should be used once, would train on experts that did not produce the tokens without any
/// other sign.
final class RouteLedger {
    private final int[] layerIndices;
    private final List<ForwardInput> inputs;
    private final byte[][] uses;
    private long consumed;

    RouteLedger(ModelConfig config, List<ForwardInput> inputs) {
        this.layerIndices = config.moeLayerIndices();
        this.inputs = inputs;
        this.uses = new byte[inputs.size()][];
        for (int i = 0; i < uses.length; i++) {
            Routes replay = inputs.get(i).replay();
            uses[i] = new byte[replay == null ? 0 : replay.rows() * replay.layers()];
        }
    }

    /// One more use of the replayed route of a fed row.
    void consume(int input, int row, int moeLayer) {
        uses[input][row * layerIndices.length + moeLayer]++;
        consumed++;
    }

    /// Every recorded route must have been used exactly `passes` times, every unknown one never.
    ///
    /// @throws IllegalStateException naming sequence, row and layer of the first difference
    RouteConsumption close(int passes) {
        long expected = 0;
        for (int i = 0; i < uses.length; i++) {
            Routes replay = inputs.get(i).replay();
            for (int cell = 0; cell < uses[i].length; cell++) {
                int row = cell / layerIndices.length;
                int layer = cell % layerIndices.length;
                int wanted = replay != null && replay.valid(row, layer) ? passes : 0;
                expected += wanted;
                if (uses[i][cell] != wanted) {
                    throw new IllegalStateException(
                            "routing replay: sequence %d, row %d, layer %d: the recorded route was used %d times, expected %d"
                                    .formatted(i, row, layerIndices[layer], uses[i][cell], wanted));
                }
            }
        }
        return new RouteConsumption(consumed, expected);
    }
}
