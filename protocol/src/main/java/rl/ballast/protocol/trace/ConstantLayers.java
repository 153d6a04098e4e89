package rl.ballast.protocol.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Notices layers in which every recorded set is the same: an engine whose capture is broken returns constants
/// (zeros, or filler for a layer that is no MoE layer) and no error.
final class ConstantLayers {
    private final TraceHeader header;
    private final int enough;
    private final short[] @Nullable [] first;
    private final long[] cells;
    private final boolean[] varies;

    ConstantLayers(TraceHeader header, int enough) {
        this.header = header;
        this.enough = enough;
        this.first = new short[header.layers().size()][];
        this.cells = new long[first.length];
        this.varies = new boolean[first.length];
    }

    void add(Routes routes) {
        int topK = routes.topK();
        short[] ids = routes.idArray();
        for (int layer = 0; layer < cells.length; layer++) {
            for (int row = 0; row < routes.rows() && !varies[layer]; row++) {
                if (!routes.valid(row, layer)) {
                    continue;
                }
                int at = (row * cells.length + layer) * topK;
                short[] before = first[layer];
                if (before == null) {
                    first[layer] = Arrays.copyOfRange(ids, at, at + topK);
                } else {
                    varies[layer] = !Arrays.equals(before, 0, topK, ids, at, at + topK);
                }
                cells[layer]++;
            }
        }
    }

    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        for (int layer = 0; layer < cells.length; layer++) {
            if (!varies[layer] && cells[layer] >= enough && header.topK() < header.numExperts()) {
                warnings.add("layer %d: all %d recorded sets are the same; did the engine really capture it?"
                        .formatted(header.layers().get(layer), cells[layer]));
            }
        }
        return warnings;
    }
}
