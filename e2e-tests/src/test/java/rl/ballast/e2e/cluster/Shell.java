package rl.ballast.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs the project's scripts as a person would.
final class Shell {
    private static final Path ROOT =
            Path.of(System.getProperty("ballast.root", "..")).toAbsolutePath().normalize();

    /// What `./ballast cluster` ends with where something cannot be had: that is no failure, and no success.
    static final int SKIPPED = 77;

    private Shell() {}

    /// @param exitCode 124 if it did not end in time
    /// @param output both streams
    record Ended(int exitCode, String output) {
        /// @throws org.opentest4j.TestAbortedException if this cluster has no such thing (exit code 77)
        Ended orFail() {
            if (exitCode == SKIPPED) {
                throw Cluster.skipped(output);
            }
            if (exitCode != 0) {
                throw new IllegalStateException("exit code %d: %s".formatted(exitCode, output));
            }
            return this;
        }

        /// The last line, where scripts print what a caller needs.
        String lastLine() {
            return output.strip().lines().reduce("", (_, line) -> line);
        }
    }

    static Path root() {
        return ROOT;
    }

    static Ended run(Duration limit, Map<String, String> environment, List<String> command) {
        try {
            Path output = Files.createTempFile("ballast-e2e", ".txt");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(ROOT.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            Process process = builder.start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            Files.delete(output);
            return new Ended(ended ? process.exitValue() : 124, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while %s ran".formatted(command), e);
        }
    }
}
