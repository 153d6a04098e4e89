package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Files that are generated and committed. `scripts/chart` runs the tests with `-Dballast.helm.write=true`, which
/// writes them; otherwise a difference fails the test.
final class Committed {
    private Committed() {}

    static void check(Path file, String expected) {
        try {
            if (Boolean.getBoolean("ballast.helm.write")) {
                Files.createDirectories(file.toAbsolutePath().getParent());
                Files.writeString(file, expected);
            }
            assertThat(Files.exists(file) ? Files.readString(file) : "")
                    .as("%s: run scripts/chart and commit what it writes", file)
                    .isEqualTo(expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
