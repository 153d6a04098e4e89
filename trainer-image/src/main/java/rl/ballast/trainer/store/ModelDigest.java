package rl.ballast.trainer.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// Identity of an initial model: SHA-256 over names and contents of its configuration, tokenizer and
/// weights.
public final class ModelDigest {
    private ModelDigest() {}

    /// @param folder in the Hugging Face layout
    /// @return lower-case hex
    public static String of(Path folder) {
        try (var entries = Files.list(folder)) {
            List<Path> files = entries.filter(Files::isRegularFile)
                    .filter(file -> belongs(file.getFileName().toString()))
                    .sorted()
                    .toList();
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update("%s\n%d\n"
                        .formatted(file.getFileName(), Files.size(file))
                        .getBytes(StandardCharsets.UTF_8));
                add(digest, file);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the model in " + folder, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static boolean belongs(String name) {
        return name.equals("config.json") || name.equals("tokenizer.json") || name.endsWith(".safetensors");
    }

    private static void add(MessageDigest digest, Path file) throws IOException {
        var chunk = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
    }
}
