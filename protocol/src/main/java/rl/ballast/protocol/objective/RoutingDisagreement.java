package rl.ballast.protocol.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rl.ballast.protocol.trace.Routes;

/// How often recorded expert sets differ from the live router's, over the (token, layer) cells that both know. With
/// `S_rec` and `S_live` of k experts each:
///
/// - `slot` = mean over cells of `|S_rec \ S_live| / k`
/// - `any` = mean over cells of `[S_rec != S_live]`
/// - `tokenAny` = mean over tokens of `[some layer differs]`
///
/// All counts are integers, so the result does not depend on any order. Mergeable; not thread-safe.
public final class RoutingDisagreement {
    private final int[] layers;
    private final long[] cells;
    private final long[] differentCells;
    private final long[] slots;
    private final long[] differentSlots;
    private long tokens;
    private long differentTokens;

    /// @param layers global layer index of each MoE layer, in the order of the routes' layer axis
    public RoutingDisagreement(int[] layers) {
        this.layers = layers.clone();
        this.cells = new long[layers.length];
        this.differentCells = new long[layers.length];
        this.slots = new long[layers.length];
        this.differentSlots = new long[layers.length];
    }

    /// Compares two routings of the same tokens.
    ///
    /// @throws IllegalArgumentException if their shapes differ
    public void add(Routes recorded, Routes live) {
        requireShape(recorded, live);
        for (int row = 0; row < recorded.rows(); row++) {
            boolean compared = false;
            boolean differs = false;
            for (int layer = 0; layer < layers.length; layer++) {
                if (recorded.valid(row, layer) && live.valid(row, layer)) {
                    int missing = missing(recorded, live, row, layer);
                    cells[layer]++;
                    slots[layer] += recorded.topK();
                    differentSlots[layer] += missing;
                    differentCells[layer] += missing > 0 ? 1 : 0;
                    compared = true;
                    differs |= missing > 0;
                }
            }
            tokens += compared ? 1 : 0;
            differentTokens += differs ? 1 : 0;
        }
    }

    /// Appends what `other` has seen.
    public void merge(RoutingDisagreement other) {
        if (!Arrays.equals(layers, other.layers)) {
            throw new IllegalArgumentException("cannot merge disagreement over different layers");
        }
        for (int layer = 0; layer < layers.length; layer++) {
            cells[layer] += other.cells[layer];
            differentCells[layer] += other.differentCells[layer];
            slots[layer] += other.slots[layer];
            differentSlots[layer] += other.differentSlots[layer];
        }
        tokens += other.tokens;
        differentTokens += other.differentTokens;
    }

    /// Shares are NaN where nothing was compared.
    public Summary summary() {
        List<Layer> perLayer = new ArrayList<>();
        long allCells = 0;
        long allDifferentCells = 0;
        long allSlots = 0;
        long allDifferentSlots = 0;
        for (int layer = 0; layer < layers.length; layer++) {
            perLayer.add(new Layer(
                    layers[layer],
                    differentSlots[layer] / (double) slots[layer],
                    differentCells[layer] / (double) cells[layer]));
            allCells += cells[layer];
            allDifferentCells += differentCells[layer];
            allSlots += slots[layer];
            allDifferentSlots += differentSlots[layer];
        }
        return new Summary(
                allDifferentSlots / (double) allSlots,
                allDifferentCells / (double) allCells,
                differentTokens / (double) tokens,
                tokens,
                allCells,
                perLayer);
    }

    /// Experts of the recorded set that the live set lacks; both ascend.
    private static int missing(Routes recorded, Routes live, int row, int layer) {
        int k = recorded.topK();
        int shared = 0;
        int a = 0;
        int b = 0;
        while (a < k && b < k) {
            int order = Integer.compare(recorded.id(row, layer, a), live.id(row, layer, b));
            shared += order == 0 ? 1 : 0;
            a += order <= 0 ? 1 : 0;
            b += order >= 0 ? 1 : 0;
        }
        return k - shared;
    }

    private void requireShape(Routes recorded, Routes live) {
        boolean fits = recorded.layers() == layers.length
                && live.layers() == layers.length
                && recorded.rows() == live.rows()
                && recorded.topK() == live.topK();
        if (!fits) {
            throw new IllegalArgumentException("routes: recorded [%d][%d][%d], live [%d][%d][%d], expected %d layers"
                    .formatted(
                            recorded.rows(),
                            recorded.layers(),
                            recorded.topK(),
                            live.rows(),
                            live.layers(),
                            live.topK(),
                            layers.length));
        }
    }

    /// The values of `replay.disagreement` in `metrics.jsonl`.
    ///
    /// @param tokens tokens with at least one compared cell
    /// @param cells compared (token, layer) cells
    public record Summary(double slot, double any, double tokenAny, long tokens, long cells, List<Layer> perLayer) {
        public Summary {
            perLayer = List.copyOf(perLayer);
        }
    }

    /// @param layer global layer index
    public record Layer(int layer, double slot, double any) {}
}
