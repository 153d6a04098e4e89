package rl.ballast.protocol.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Ties route rows to the tokens they were computed for.
public final class TokenDigest {
    private static final int CHUNK = 1024;

    private TokenDigest() {}

    /// The first 8 bytes, read as a little-endian 64-bit integer, of SHA-256 over `rows + 1` token ids as
    /// little-endian 32-bit integers: the tokens at positions `firstPosition .. firstPosition + rows`, both
    /// included. The last one is the context: it was predicted by the last row (and starts the next segment, so
    /// segments overlap in one token).
    ///
    /// @param tokens the whole sequence from position 0
    /// @throws IllegalArgumentException if the range leaves the sequence
    public static long of(int[] tokens, int firstPosition, int rows) {
        if (firstPosition < 0 || rows < 0 || (long) firstPosition + rows >= tokens.length) {
            throw new IllegalArgumentException("token digest of positions %d..%d: expected a range inside %d tokens"
                    .formatted(firstPosition, (long) firstPosition + rows, tokens.length));
        }
        MessageDigest sha = sha256();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int end = firstPosition + rows + 1;
        for (int from = firstPosition; from < end; from += CHUNK) {
            int count = Math.min(CHUNK, end - from);
            chunk.clear();
            chunk.asIntBuffer().put(tokens, from, count);
            chunk.limit(count * Integer.BYTES);
            sha.update(chunk);
        }
        return ByteBuffer.wrap(sha.digest()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
