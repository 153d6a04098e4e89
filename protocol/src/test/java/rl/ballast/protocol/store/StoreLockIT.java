package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLockIT {
    @TempDir
    Path folder;

    /// A second process that takes the lock, says so, and holds it until its input ends.
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (StoreLock _ = StoreLock.take(new StoreLayout(Path.of(args[0])))) {
                System.out.println("taken");
                System.in.readAllBytes();
            }
        }
    }

    @Test
    void twoOpensInOneProcessAreRefusedAndTheFirstKeepsItsLock() {
        StoreLayout layout = new StoreLayout(folder);
        try (StoreLock _ = StoreLock.take(layout)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> StoreLock.take(layout))
                        .isInstanceOf(StoreException.Refused.class)
                        .hasMessageContaining(
                                "this process (%d)", ProcessHandle.current().pid());
            }
        }
        StoreLock.take(layout).close();
    }

    @Test
    void aLinkToTheFolderIsTheSameFolder() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        try (StoreLock _ = StoreLock.take(new StoreLayout(real))) {
            assertThatThrownBy(() -> StoreLock.take(new StoreLayout(link))).isInstanceOf(StoreException.Refused.class);
        }
    }

    @Test
    void anotherProcessIsNamedByItsIdAndItsDeathFreesTheFolder() throws Exception {
        StoreLayout layout = new StoreLayout(folder);
        Process process = holder();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(output.readLine()).isEqualTo("taken");

            assertThatThrownBy(() -> StoreLock.take(layout))
                    .isInstanceOf(StoreException.Refused.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("in use by process %d", process.pid());
        } finally {
            process.destroyForcibly().waitFor();
        }
        StoreLock.take(layout).close();
    }

    private Process holder() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
