package rl.ballast.rollout.vector;

/// Cosines and sines of the rotary embedding, `[positions][headDim / 2]`. The inverse frequency, the angle and
/// both functions are float32, as in the trainer (numerics.md).
final class RopeTable {
    private final int half;
    private final float[] cosines;
    private final float[] sines;

    RopeTable(int headDim, double theta, int positions) {
        half = headDim / 2;
        cosines = new float[Math.multiplyExact(positions, half)];
        sines = new float[positions * half];
        for (int i = 0; i < half; i++) {
            float power = (float) StrictMath.pow(theta, (double) (2f * i / headDim));
            float inverseFrequency = 1f / power;
            for (int p = 0; p < positions; p++) {
                double angle = p * inverseFrequency;
                cosines[p * half + i] = (float) StrictMath.cos(angle);
                sines[p * half + i] = (float) StrictMath.sin(angle);
            }
        }
    }

    /// Rotates one head in place: dimension `i` is paired with `i + headDim / 2`.
    void rotate(float[] x, int offset, int position) {
        int table = position * half;
        for (int i = 0; i < half; i++) {
            float cosine = cosines[table + i];
            float sine = sines[table + i];
            float low = x[offset + i];
            float high = x[offset + half + i];
            x[offset + i] = Math.fma(low, cosine, -(high * sine));
            x[offset + half + i] = Math.fma(high, cosine, low * sine);
        }
    }
}
