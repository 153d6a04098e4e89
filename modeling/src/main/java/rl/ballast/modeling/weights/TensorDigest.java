package rl.ballast.modeling.weights;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The identity of one tensor: SHA-256 over a line of text and the bytes.
///
/// The line is `ballast-tensor-1 NAME TYPE [SIZES]` and a newline, in UTF-8, where TYPE is a safetensors type and
/// SIZES are separated by ", "; then come the elements, little-endian and row-major, then for FP8 one float32
/// scale per row.
public final class TensorDigest {
    private TensorDigest() {}

    /// @param scales null for a type without scales
    /// @return 64 hexadecimal digits
    public static String of(
            String name, TensorType type, long[] shape, MemorySegment data, @Nullable MemorySegment scales) {
        MessageDigest digest = sha256();
        String line = "ballast-tensor-1 %s %s %s\n".formatted(name, type, Arrays.toString(shape));
        digest.update(line.getBytes(StandardCharsets.UTF_8));
        SegmentChunks.forEach(data, digest::update);
        if (scales != null) {
            SegmentChunks.forEach(scales, digest::update);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }
}
