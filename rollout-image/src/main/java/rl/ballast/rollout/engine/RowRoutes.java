package rl.ballast.rollout.engine;

import java.util.ArrayList;
import java.util.List;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.rollout.cache.BlockTable;
import rl.ballast.rollout.engine.GroupResult.CapturedRoutes;
import rl.ballast.rollout.engine.GroupResult.RowSpan;

/// Chosen experts and policy version of every slot of the KV cache. They are written by the pass that writes
/// the slot's key and value, so whoever shares a block shares its routes, and a row that is computed again
/// replaces its own.
///
/// Compute thread only.
final class RowRoutes {
    private final int blockTokens;
    private final int layers;
    private final int topK;
    private final int cells;
    private final short[] ids;
    private final long[] versions;

    RowRoutes(int blocks, int blockTokens, int layers, int topK) {
        this.blockTokens = blockTokens;
        this.layers = layers;
        this.topK = topK;
        this.cells = layers * topK;
        int slots = Math.multiplyExact(blocks, blockTokens);
        ids = new short[Math.multiplyExact(slots, cells)];
        versions = new long[slots];
    }

    /// Stores one row of a pass.
    void write(BlockTable table, int position, PolicyVersion version, int[] experts, int offset) {
        int slot = slot(table, position);
        for (int i = 0; i < cells; i++) {
            ids[slot * cells + i] = (short) experts[offset + i];
        }
        versions[slot] = version.value();
    }

    /// The first `rows` rows of a sequence that is wholly computed.
    CapturedRoutes read(BlockTable table, int rows) {
        Routes routes = new Routes(rows, layers, topK);
        List<RowSpan> spans = new ArrayList<>();
        int[] cell = new int[cells];
        int first = 0;
        for (int row = 0; row < rows; row++) {
            int slot = slot(table, row);
            if (versions[slot] == 0) {
                throw new IllegalStateException("row %d of %d was never routed".formatted(row, rows));
            }
            for (int i = 0; i < cells; i++) {
                cell[i] = ids[slot * cells + i] & 0xffff;
            }
            for (int layer = 0; layer < layers; layer++) {
                routes.set(row, layer, cell, layer * topK);
            }
            if (row + 1 == rows || versions[slot(table, row + 1)] != versions[slot]) {
                spans.add(new RowSpan(new PolicyVersion(versions[slot]), first, row + 1 - first));
                first = row + 1;
            }
        }
        return new CapturedRoutes(routes, spans);
    }

    private int slot(BlockTable table, int position) {
        return table.block(position / blockTokens) * blockTokens + position % blockTokens;
    }
}
