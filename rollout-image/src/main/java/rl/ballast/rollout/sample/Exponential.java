package rl.ballast.rollout.sample;

/// exp with the same bits on every machine, vector width and code path: `2^n * p(r)` with `x = n ln 2 + r`, `p`
/// the Taylor polynomial of degree 7 by fused multiply-adds. Error below 1 ulp in [-87.3, 88.3]; smaller
/// arguments give 0 (no subnormal results), larger ones the value at 88.3; NaN stays NaN.
public final class Exponential {
    public static final float LOWEST = -0x1.5d589ep6f;
    public static final float HIGHEST = 0x1.613334p6f;
    public static final float LOG2_E = 0x1.715476p0f;
    public static final float LN2_HIGH = 0x1.63p-1f;
    public static final float LN2_LOW = -0x1.bd0106p-13f;
    /// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    public static final float ROUND = 12582912f;

    public static final float C7 = 1f / 5040;
    public static final float C6 = 1f / 720;
    public static final float C5 = 1f / 120;
    public static final float C4 = 1f / 24;
    public static final float C3 = 1f / 6;

    private Exponential() {}

    public static float exp(float x) {
        if (!(x >= LOWEST)) {
            return x < LOWEST ? 0f : x;
        }
        float bounded = Math.min(x, HIGHEST);
        float shifted = Math.fma(bounded, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, bounded));
        float p = Math.fma(C7, r, C6);
        p = Math.fma(p, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, 0.5f);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }
}
