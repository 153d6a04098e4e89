package rl.ballast.rollout.vector;

import static rl.ballast.rollout.vector.PackedMatrix.PANEL;

/// `y = W x` for many rows: walks panels and row blocks and hands them to [MatrixKernel].
final class Multiply {
    private static final int ROWS = 6;

    /// Results of a panel that reaches over the end of a row.
    private final float[] spill = new float[ROWS * PANEL];

    /// Multiplies rows `at[first..last)` with panels `[fromPanel, toPanel)`.
    ///
    /// @param at offset of every row in `x`
    /// @param y row `r` of the result starts at `yOffset + r * yStride`, `r` counted like `at`
    void run(
            PackedMatrix w,
            int fromPanel,
            int toPanel,
            float[] x,
            int[] at,
            int first,
            int last,
            float[] y,
            int yOffset,
            int yStride) {
        int fullPanels = Math.min(toPanel, w.outputs() / PANEL);
        if (last - first == 1) {
            single(w, fromPanel, fullPanels, x, at[first], y, yOffset + first * yStride);
        } else {
            for (int panel = fromPanel; panel < fullPanels; panel++) {
                panel(w, panel, x, at, first, last, y, yOffset + panel * PANEL, yStride);
            }
        }
        if (toPanel > fullPanels) {
            partialPanel(w, x, at, first, last, y, yOffset, yStride);
        }
        scale(w, fromPanel, toPanel, first, last, y, yOffset, yStride);
    }

    private static void single(PackedMatrix w, int fromPanel, int toPanel, float[] x, int at, float[] y, int yOffset) {
        int inputs = w.inputs();
        int panel = fromPanel;
        for (; panel + 4 <= toPanel; panel += 4) {
            MatrixKernel.oneByFour(w.panels(), panel * PANEL * inputs, inputs, x, at, y, yOffset + panel * PANEL);
        }
        for (; panel < toPanel; panel++) {
            MatrixKernel.one(w.panels(), panel * PANEL * inputs, inputs, x, at, y, yOffset + panel * PANEL);
        }
    }

    private static void panel(
            PackedMatrix w, int panel, float[] x, int[] at, int first, int last, float[] y, int yOffset, int yStride) {
        int inputs = w.inputs();
        int wOffset = panel * PANEL * inputs;
        int row = first;
        for (; row + ROWS <= last; row += ROWS) {
            MatrixKernel.six(w.panels(), wOffset, inputs, x, at, row, y, yOffset + row * yStride, yStride);
        }
        for (; row + 2 <= last; row += 2) {
            MatrixKernel.two(w.panels(), wOffset, inputs, x, at, row, y, yOffset + row * yStride, yStride);
        }
        if (row < last) {
            MatrixKernel.one(w.panels(), wOffset, inputs, x, at[row], y, yOffset + row * yStride);
        }
    }

    private void partialPanel(
            PackedMatrix w, float[] x, int[] at, int first, int last, float[] y, int yOffset, int yStride) {
        int inputs = w.inputs();
        int panel = w.outputs() / PANEL;
        int width = w.outputs() - panel * PANEL;
        int wOffset = panel * PANEL * inputs;
        for (int row = first; row < last; ) {
            int rows = last - row >= ROWS ? ROWS : last - row >= 2 ? 2 : 1;
            switch (rows) {
                case ROWS -> MatrixKernel.six(w.panels(), wOffset, inputs, x, at, row, spill, 0, PANEL);
                case 2 -> MatrixKernel.two(w.panels(), wOffset, inputs, x, at, row, spill, 0, PANEL);
                default -> MatrixKernel.one(w.panels(), wOffset, inputs, x, at[row], spill, 0);
            }
            for (int i = 0; i < rows; i++, row++) {
                System.arraycopy(spill, i * PANEL, y, yOffset + row * yStride + panel * PANEL, width);
            }
        }
    }

    private static void scale(
            PackedMatrix w, int fromPanel, int toPanel, int first, int last, float[] y, int yOffset, int yStride) {
        float[] scales = w.scales();
        if (scales == null) {
            return;
        }
        int end = Math.min(toPanel * PANEL, w.outputs());
        for (int row = first; row < last; row++) {
            for (int n = fromPanel * PANEL; n < end; n++) {
                y[yOffset + row * yStride + n] *= scales[n];
            }
        }
    }
}
