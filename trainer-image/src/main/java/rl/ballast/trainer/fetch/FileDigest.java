package rl.ballast.trainer.fetch;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What a fetched file contains.
///
/// @param sha256 hex
record FileDigest(
        @JsonProperty(required = true) String sha256,
        @JsonProperty(required = true) long bytes) {

    static FileDigest of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return copy(in, OutputStream.nullOutputStream());
        }
    }

    /// Copies everything and says what it was.
    static FileDigest copy(InputStream in, OutputStream out) throws IOException {
        MessageDigest digest = newDigest();
        DigestOutputStream digesting = new DigestOutputStream(out, digest);
        long bytes = in.transferTo(digesting);
        digesting.flush();
        return new FileDigest(HexFormat.of().formatHex(digest.digest()), bytes);
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "sha256 %s, %d bytes".formatted(sha256, bytes);
    }
}
