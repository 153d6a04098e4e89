package rl.ballast.rollout.vector;

import static rl.ballast.rollout.vector.PackedMatrix.PANEL;

import java.util.Arrays;

/// Multiplies one input with several matrices on all threads: the work is cut into tiles of rows by panels. A
/// tile computes its outputs whole, so the cut changes no bits.
final class TiledMultiply {
    private static final int TILE_ROWS = 48;
    /// A tile of fewer multiplications costs more to hand over than to compute.
    private static final long SMALLEST_TILE = 32_768;

    private final WorkTeam team;
    private final Workspace.Scratch[] scratch;
    private int[] tiles = new int[5 * 64];
    private int count;

    TiledMultiply(WorkTeam team, Workspace.Scratch[] scratch) {
        this.team = team;
        this.scratch = scratch;
    }

    /// `results[i][row] = matrices[i] x[row]`; result rows lie without gaps, input row `r` at `at[r]`.
    void run(PackedMatrix[] matrices, float[] x, int[] at, int rows, float[][] results) {
        if (rows == 0) {
            return;
        }
        cut(matrices, rows);
        team.run(count, (index, worker) -> {
            int t = 5 * index;
            PackedMatrix matrix = matrices[tiles[t]];
            scratch[worker].multiply.run(
                    matrix,
                    tiles[t + 3],
                    tiles[t + 4],
                    x,
                    at,
                    tiles[t + 1],
                    tiles[t + 2],
                    results[tiles[t]],
                    0,
                    matrix.outputs());
        });
    }

    private void cut(PackedMatrix[] matrices, int rows) {
        int inputs = matrices[0].inputs();
        long panels = 0;
        for (PackedMatrix matrix : matrices) {
            panels += matrix.panelCount();
        }
        int rowTiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
        long wanted = 4L * team.threads();
        long panelsPerTile = Math.max(1, panels * rowTiles / wanted);
        long perPanel = (long) PANEL * inputs * Math.min(rows, TILE_ROWS);
        panelsPerTile = Math.max(panelsPerTile, (SMALLEST_TILE + perPanel - 1) / perPanel);
        count = 0;
        for (int m = 0; m < matrices.length; m++) {
            int last = matrices[m].panelCount();
            for (int row = 0; row < rows; row += TILE_ROWS) {
                for (int panel = 0; panel < last; panel = (int) Math.min(last, panel + panelsPerTile)) {
                    int end = (int) Math.min(last, panel + panelsPerTile);
                    add(m, row, Math.min(rows, row + TILE_ROWS), panel, end);
                }
            }
        }
    }

    private void add(int matrix, int firstRow, int lastRow, int firstPanel, int lastPanel) {
        int t = 5 * count;
        if (t + 5 > tiles.length) {
            tiles = Arrays.copyOf(tiles, 2 * tiles.length);
        }
        tiles[t] = matrix;
        tiles[t + 1] = firstRow;
        tiles[t + 2] = lastRow;
        tiles[t + 3] = firstPanel;
        tiles[t + 4] = lastPanel;
        count++;
    }
}
