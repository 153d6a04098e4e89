package rl.ballast.rollout.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import rl.ballast.rollout.sample.Exponential;

/// Element-wise loops over arrays. Every element is computed by itself, so no bits depend on the vector width.
final class Lanes {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    private Lanes() {}

    /// `a[i] += b[i]`
    static void add(float[] a, int aOffset, float[] b, int bOffset, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(SPECIES, a, aOffset + i)
                    .add(FloatVector.fromArray(SPECIES, b, bOffset + i))
                    .intoArray(a, aOffset + i);
        }
        for (; i < length; i++) {
            a[aOffset + i] += b[bOffset + i];
        }
    }

    /// `a[i] = fma(scale, b[i], a[i])`
    static void addScaled(float[] a, int aOffset, float scale, float[] b, int bOffset, int length) {
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            factor.fma(FloatVector.fromArray(SPECIES, b, bOffset + i), FloatVector.fromArray(SPECIES, a, aOffset + i))
                    .intoArray(a, aOffset + i);
        }
        for (; i < length; i++) {
            a[aOffset + i] = Math.fma(scale, b[bOffset + i], a[aOffset + i]);
        }
    }

    /// `gate[i] = silu(gate[i]) * up[i]`, silu(z) = z / (1 + exp(-z))
    static void siluTimes(float[] gate, float[] up, int offset, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector z = FloatVector.fromArray(SPECIES, gate, offset + i);
            FloatVector silu = z.div(VectorExponential.exp(z.neg()).add(1f));
            silu.mul(FloatVector.fromArray(SPECIES, up, offset + i)).intoArray(gate, offset + i);
        }
        for (; i < length; i++) {
            float z = gate[offset + i];
            gate[offset + i] = z / (Exponential.exp(-z) + 1f) * up[offset + i];
        }
    }

    /// `a[i] = exp(a[i] - shift)`
    static void expShifted(float[] a, int offset, int length, float shift) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            VectorExponential.exp(FloatVector.fromArray(SPECIES, a, offset + i).sub(shift))
                    .intoArray(a, offset + i);
        }
        for (; i < length; i++) {
            a[offset + i] = Exponential.exp(a[offset + i] - shift);
        }
    }

    /// `out = weight * (x * rsqrt(mean(x^2) + epsilon))`; the mean in double, four interleaved sums.
    static void rmsNorm(
            float[] x, int xOffset, float[] weight, int length, double epsilon, float[] out, int outOffset) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i <= length - 4; i += 4) {
            double a = x[xOffset + i];
            double b = x[xOffset + i + 1];
            double c = x[xOffset + i + 2];
            double d = x[xOffset + i + 3];
            s0 = Math.fma(a, a, s0);
            s1 = Math.fma(b, b, s1);
            s2 = Math.fma(c, c, s2);
            s3 = Math.fma(d, d, s3);
        }
        for (; i < length; i++) {
            s0 = Math.fma(x[xOffset + i], (double) x[xOffset + i], s0);
        }
        float scale = (float) (1 / Math.sqrt(((s0 + s1) + (s2 + s3)) / length + epsilon));
        i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(SPECIES, weight, i)
                    .mul(FloatVector.fromArray(SPECIES, x, xOffset + i).mul(scale))
                    .intoArray(out, outOffset + i);
        }
        for (; i < length; i++) {
            out[outOffset + i] = weight[i] * (x[xOffset + i] * scale);
        }
    }
}
