package rl.ballast.rollout.vector;

import java.util.Arrays;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.rollout.vector.ModelMatrices.FeedForward;
import rl.ballast.rollout.vector.ModelMatrices.Mixture;

/// A mixture-of-experts layer: rows are grouped by expert, each expert multiplies its rows together, and every
/// row adds its experts' outputs in ascending order of expert id.
final class ExpertLayer {
    private static final int TILE_ROWS = 48;

    private final WorkTeam team;
    private final Workspace.Scratch[] scratch;
    private final int experts;
    private final int topK;
    private final int hidden;
    private final int width;
    private final int[] starts;
    private final int[] tileOffsets;
    private int[] tiles = new int[3 * 64];
    private int count;

    ExpertLayer(ModelConfig config, WorkTeam team, Workspace.Scratch[] scratch) {
        this.team = team;
        this.scratch = scratch;
        experts = config.numExperts();
        topK = config.expertsPerToken();
        hidden = config.hiddenSize();
        width = config.expertIntermediateSize();
        starts = new int[experts + 1];
        tileOffsets = new int[TILE_ROWS];
        for (int r = 0; r < TILE_ROWS; r++) {
            tileOffsets[r] = r * width;
        }
        for (Workspace.Scratch s : scratch) {
            s.gate = new float[TILE_ROWS * width];
            s.up = new float[TILE_ROWS * width];
        }
    }

    /// Computes all chosen experts' outputs for the normed rows.
    ///
    /// @param cell cell of row r is `r * cellStride + cell` in the arrays of experts
    void run(Mixture mixture, Workspace w, int rows, int cell, int cellStride) {
        group(w, rows, cell, cellStride);
        cut();
        team.run(count, (index, worker) -> {
            int t = 3 * index;
            expert(mixture.experts()[tiles[t]], w, tiles[t + 1], tiles[t + 2], scratch[worker]);
        });
    }

    /// `hidden[row] += sum of gateWeight * expert output`
    void combine(Workspace w, int row, int cell) {
        float[] sum = w.projected;
        int at = row * hidden;
        Arrays.fill(sum, at, at + hidden, 0f);
        for (int slot = 0; slot < topK; slot++) {
            Lanes.addScaled(
                    sum, at, w.gateWeights[cell + slot], w.expertOut, w.placeOf[row * topK + slot] * hidden, hidden);
        }
        Lanes.add(w.hidden, at, sum, at, hidden);
    }

    /// Counting sort of the (row, slot) pairs by expert; rows stay in order.
    private void group(Workspace w, int rows, int cell, int cellStride) {
        Arrays.fill(starts, 0);
        for (int row = 0; row < rows; row++) {
            for (int slot = 0; slot < topK; slot++) {
                starts[w.experts[row * cellStride + cell + slot] + 1]++;
            }
        }
        for (int e = 0; e < experts; e++) {
            starts[e + 1] += starts[e];
        }
        int[] next = Arrays.copyOf(starts, experts);
        for (int row = 0; row < rows; row++) {
            for (int slot = 0; slot < topK; slot++) {
                int place = next[w.experts[row * cellStride + cell + slot]]++;
                w.assignedAt[place] = row * hidden;
                w.placeOf[row * topK + slot] = place;
            }
        }
    }

    private void cut() {
        count = 0;
        for (int e = 0; e < experts; e++) {
            for (int first = starts[e]; first < starts[e + 1]; first += TILE_ROWS) {
                int t = 3 * count;
                if (t + 3 > tiles.length) {
                    tiles = Arrays.copyOf(tiles, 2 * tiles.length);
                }
                tiles[t] = e;
                tiles[t + 1] = first;
                tiles[t + 2] = Math.min(starts[e + 1], first + TILE_ROWS);
                count++;
            }
        }
    }

    private void expert(FeedForward ffn, Workspace w, int first, int last, Workspace.Scratch s) {
        int toStart = -first * width;
        s.multiply.run(
                ffn.gate(), 0, ffn.gate().panelCount(), w.normed, w.assignedAt, first, last, s.gate, toStart, width);
        s.multiply.run(ffn.up(), 0, ffn.up().panelCount(), w.normed, w.assignedAt, first, last, s.up, toStart, width);
        Lanes.siluTimes(s.gate, s.up, 0, (last - first) * width);
        s.multiply.run(
                ffn.down(),
                0,
                ffn.down().panelCount(),
                s.gate,
                tileOffsets,
                0,
                last - first,
                w.expertOut,
                first * hidden,
                hidden);
    }
}
