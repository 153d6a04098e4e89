package rl.ballast.rollout.vector;

import static rl.ballast.rollout.vector.Lanes.LANES;
import static rl.ballast.rollout.vector.Lanes.SPECIES;
import static rl.ballast.rollout.vector.PackedMatrix.PANEL;

import jdk.incubator.vector.FloatVector;

/// The inner loops of `y = W x`: one panel of outputs for six rows, two rows or one, and four panels for one
/// row.
///
/// Every output is one chain `acc = fma(x[k], w[k], acc)` from k = 0, starting at +0, in every kernel. So a
/// row's bits depend neither on the kernel that ran it nor on the vector width.
final class MatrixKernel {
    private MatrixKernel() {}

    static void six(
            float[] w, int wOffset, int inputs, float[] x, int[] at, int first, float[] y, int yOffset, int yStride) {
        int x0 = at[first];
        int x1 = at[first + 1];
        int x2 = at[first + 2];
        int x3 = at[first + 3];
        int x4 = at[first + 4];
        int x5 = at[first + 5];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        FloatVector a2 = a0;
        FloatVector b2 = a0;
        FloatVector a3 = a0;
        FloatVector b3 = a0;
        FloatVector a4 = a0;
        FloatVector b4 = a0;
        FloatVector a5 = a0;
        FloatVector b5 = a0;
        for (int k = 0; k < inputs; k++) {
            FloatVector wa = FloatVector.fromArray(SPECIES, w, wOffset + k * PANEL);
            FloatVector wb = FloatVector.fromArray(SPECIES, w, wOffset + k * PANEL + LANES);
            FloatVector v = FloatVector.broadcast(SPECIES, x[x0 + k]);
            a0 = v.fma(wa, a0);
            b0 = v.fma(wb, b0);
            v = FloatVector.broadcast(SPECIES, x[x1 + k]);
            a1 = v.fma(wa, a1);
            b1 = v.fma(wb, b1);
            v = FloatVector.broadcast(SPECIES, x[x2 + k]);
            a2 = v.fma(wa, a2);
            b2 = v.fma(wb, b2);
            v = FloatVector.broadcast(SPECIES, x[x3 + k]);
            a3 = v.fma(wa, a3);
            b3 = v.fma(wb, b3);
            v = FloatVector.broadcast(SPECIES, x[x4 + k]);
            a4 = v.fma(wa, a4);
            b4 = v.fma(wb, b4);
            v = FloatVector.broadcast(SPECIES, x[x5 + k]);
            a5 = v.fma(wa, a5);
            b5 = v.fma(wb, b5);
        }
        store(a0, b0, y, yOffset);
        store(a1, b1, y, yOffset + yStride);
        store(a2, b2, y, yOffset + 2 * yStride);
        store(a3, b3, y, yOffset + 3 * yStride);
        store(a4, b4, y, yOffset + 4 * yStride);
        store(a5, b5, y, yOffset + 5 * yStride);
    }

    static void two(
            float[] w, int wOffset, int inputs, float[] x, int[] at, int first, float[] y, int yOffset, int yStride) {
        int x0 = at[first];
        int x1 = at[first + 1];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        for (int k = 0; k < inputs; k++) {
            FloatVector wa = FloatVector.fromArray(SPECIES, w, wOffset + k * PANEL);
            FloatVector wb = FloatVector.fromArray(SPECIES, w, wOffset + k * PANEL + LANES);
            FloatVector v = FloatVector.broadcast(SPECIES, x[x0 + k]);
            a0 = v.fma(wa, a0);
            b0 = v.fma(wb, b0);
            v = FloatVector.broadcast(SPECIES, x[x1 + k]);
            a1 = v.fma(wa, a1);
            b1 = v.fma(wb, b1);
        }
        store(a0, b0, y, yOffset);
        store(a1, b1, y, yOffset + yStride);
    }

    static void one(float[] w, int wOffset, int inputs, float[] x, int at, float[] y, int yOffset) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        for (int k = 0; k < inputs; k++) {
            FloatVector v = FloatVector.broadcast(SPECIES, x[at + k]);
            a = v.fma(FloatVector.fromArray(SPECIES, w, wOffset + k * PANEL), a);
            b = v.fma(FloatVector.fromArray(SPECIES, w, wOffset + k * PANEL + LANES), b);
        }
        store(a, b, y, yOffset);
    }

    /// One row against four neighbouring panels, to have eight chains in flight.
    static void oneByFour(float[] w, int wOffset, int inputs, float[] x, int at, float[] y, int yOffset) {
        int w1 = wOffset + inputs * PANEL;
        int w2 = w1 + inputs * PANEL;
        int w3 = w2 + inputs * PANEL;
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        FloatVector a2 = a0;
        FloatVector b2 = a0;
        FloatVector a3 = a0;
        FloatVector b3 = a0;
        for (int k = 0; k < inputs; k++) {
            FloatVector v = FloatVector.broadcast(SPECIES, x[at + k]);
            int step = k * PANEL;
            a0 = v.fma(FloatVector.fromArray(SPECIES, w, wOffset + step), a0);
            b0 = v.fma(FloatVector.fromArray(SPECIES, w, wOffset + step + LANES), b0);
            a1 = v.fma(FloatVector.fromArray(SPECIES, w, w1 + step), a1);
            b1 = v.fma(FloatVector.fromArray(SPECIES, w, w1 + step + LANES), b1);
            a2 = v.fma(FloatVector.fromArray(SPECIES, w, w2 + step), a2);
            b2 = v.fma(FloatVector.fromArray(SPECIES, w, w2 + step + LANES), b2);
            a3 = v.fma(FloatVector.fromArray(SPECIES, w, w3 + step), a3);
            b3 = v.fma(FloatVector.fromArray(SPECIES, w, w3 + step + LANES), b3);
        }
        store(a0, b0, y, yOffset);
        store(a1, b1, y, yOffset + PANEL);
        store(a2, b2, y, yOffset + 2 * PANEL);
        store(a3, b3, y, yOffset + 3 * PANEL);
    }

    private static void store(FloatVector a, FloatVector b, float[] y, int offset) {
        a.intoArray(y, offset);
        b.intoArray(y, offset + LANES);
    }
}
