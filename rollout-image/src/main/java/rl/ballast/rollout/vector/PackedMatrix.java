package rl.ballast.rollout.vector;

import static rl.ballast.rollout.vector.Lanes.LANES;

import org.jspecify.annotations.Nullable;

/// A weight matrix `[outputs][inputs]`, stored as panels `[outputs / PANEL][inputs][PANEL]`, so that one step
/// of the chain over the inputs reads neighbouring outputs. The last panel is padded with zeros.
///
/// With scales the panels hold the unscaled values, and an output is multiplied by its scale after the chain.
final class PackedMatrix {
    /// Outputs per panel.
    static final int PANEL = 2 * LANES;

    private final int outputs;
    private final int inputs;
    private final float[] panels;
    private final float @Nullable [] scales;

    /// Zeros, to be filled by [#setRow].
    PackedMatrix(int outputs, int inputs, float @Nullable [] scales) {
        this.outputs = outputs;
        this.inputs = inputs;
        this.scales = scales;
        int padded = Math.multiplyExact(Math.ceilDiv(outputs, PANEL), PANEL);
        panels = new float[Math.multiplyExact(padded, inputs)];
    }

    int outputs() {
        return outputs;
    }

    int inputs() {
        return inputs;
    }

    int panelCount() {
        return Math.ceilDiv(outputs, PANEL);
    }

    float[] panels() {
        return panels;
    }

    float @Nullable [] scales() {
        return scales;
    }

    /// Packs one row of unscaled values.
    void setRow(int output, float[] from) {
        int base = start(output);
        for (int k = 0; k < inputs; k++) {
            panels[base + k * PANEL] = from[k];
        }
    }

    /// Unpacks one row of unscaled values.
    void copyRow(int output, float[] into, int offset) {
        int base = start(output);
        for (int k = 0; k < inputs; k++) {
            into[offset + k] = panels[base + k * PANEL];
        }
    }

    /// Unpacks one row, scaled: an embedding.
    void scaledRow(int output, float[] into, int offset) {
        copyRow(output, into, offset);
        if (scales != null) {
            for (int k = 0; k < inputs; k++) {
                into[offset + k] *= scales[output];
            }
        }
    }

    private int start(int output) {
        return (output / PANEL) * PANEL * inputs + output % PANEL;
    }
}
