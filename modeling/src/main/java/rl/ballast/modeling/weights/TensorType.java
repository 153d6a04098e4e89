package rl.ballast.modeling.weights;

import java.util.Arrays;
import java.util.Optional;

/// Element types of safetensors files, named as the format names them.
public enum TensorType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    /// One sign, four exponent, three mantissa bits; no infinity, NaN is 0x7f and 0xff (torch.float8_e4m3fn).
    F8_E4M3(1),
    F8_E5M2(1),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U64(8),
    U32(4),
    U16(2),
    U8(1),
    BOOL(1);

    private final int bytes;

    TensorType(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes of one element.
    public int bytes() {
        return bytes;
    }

    /// True for the types that float weights may be stored in: F32, F16 and BF16.
    public boolean holdsWeights() {
        return this == F32 || this == F16 || this == BF16;
    }

    static Optional<TensorType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
