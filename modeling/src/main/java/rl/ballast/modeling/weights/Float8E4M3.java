package rl.ballast.modeling.weights;

/// FP8 E4M3 as torch.float8_e4m3fn: one sign, four exponent (bias 7) and three mantissa bits, no infinity,
/// largest 448, smallest 2^-9, NaN 0x7f and 0xff.
public final class Float8E4M3 {
    public static final float LARGEST = 448;

    private static final int NAN = 0x7f;
    private static final int LARGEST_BITS = 0x7e;
    private static final float SMALLEST_NORMAL = 0x1p-6f;
    private static final float[] VALUES = values();

    private Float8E4M3() {}

    /// Exact.
    public static float toFloat(byte bits) {
        return VALUES[bits & 0xff];
    }

    /// A fresh table of all 256 values by their bits, for loops that want it in their own cache lines.
    public static float[] table() {
        return VALUES.clone();
    }

    /// Rounds to nearest, ties to even; beyond 448 (infinity, too) saturates at 448. NaN stays NaN.
    public static byte fromFloat(float value) {
        int sign = (Float.floatToRawIntBits(value) >>> 24) & 0x80;
        float magnitude = Math.abs(value);
        if (magnitude >= SMALLEST_NORMAL) {
            if (magnitude >= LARGEST) {
                return (byte) (sign | LARGEST_BITS);
            }
            int bits = Float.floatToRawIntBits(magnitude);
            int rounded = (bits + 0x7ffff + ((bits >>> 20) & 1)) >>> 20;
            // Below 448 rounding reaches 448 at most, so the NaN pattern cannot appear.
            return (byte) (sign | (rounded - ((127 - 7) << 3)));
        }
        if (Float.isNaN(value)) {
            return (byte) (sign | NAN);
        }
        return (byte) (sign | (int) Math.rint(magnitude * 0x1p9));
    }

    private static float[] values() {
        float[] values = new float[256];
        for (int bits = 0; bits < 256; bits++) {
            int exponent = (bits >>> 3) & 0xf;
            int mantissa = bits & 7;
            float magnitude = exponent == 0 ? mantissa * 0x1p-9f : Math.scalb(1 + mantissa / 8f, exponent - 7);
            if ((bits & 0x7f) == NAN) {
                magnitude = Float.NaN;
            }
            values[bits] = (bits & 0x80) == 0 ? magnitude : -magnitude;
        }
        return values;
    }
}
