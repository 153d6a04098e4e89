package rl.ballast.modeling.weights;

/// bfloat16: the upper half of a float32.
public final class Bfloat16 {
    private Bfloat16() {}

    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /// Rounds to nearest, ties to even, as torch does; overflows to infinity. NaN becomes 0x7fc0.
    public static short fromFloat(float value) {
        if (Float.isNaN(value)) {
            return (short) 0x7fc0;
        }
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
