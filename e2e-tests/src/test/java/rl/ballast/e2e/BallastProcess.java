package rl.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// One start of the real `ballast` command, as `./ballast` makes it. Closing kills it and what it started.
final class BallastProcess implements AutoCloseable {
    static final Path DISTRIBUTION = Path.of(System.getProperty("ballast.dist", "../cli/target/dist"))
            .toAbsolutePath()
            .normalize();
    static final String LEARNER = "rl.ballast.trainer.Main";
    static final String ENGINE = "quarkus-run.jar";

    /// Long enough for a busy machine; no test waits for it unless something hangs.
    static final Duration DEADLINE = Duration.ofMinutes(5);

    private final Process process;
    private final Path output;
    private final List<ProcessHandle> seen = new ArrayList<>();

    private BallastProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static BallastProcess start(Path folder, List<String> arguments) {
        var command = new ArrayList<>(List.of(
                // A job that a script put in the background ignores Ctrl-C, and so would all its children.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                DISTRIBUTION.resolve("lib") + "/*",
                "rl.ballast.cli.Main"));
        command.addAll(arguments);
        try {
            Path output = Files.createTempFile(folder, "output", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output.toFile())
                    .start();
            return new BallastProcess(process, output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Everything that it has printed.
    String output() {
        try {
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits for its end.
    ///
    /// @return the exit code
    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .as(() -> "the command did not end: " + output())
                .isTrue();
        return process.exitValue();
    }

    /// Waits for a child whose command line contains `program`, other than `before`.
    ProcessHandle child(String program, ProcessHandle... before) {
        ProcessHandle found = Awaitility.await(program)
                .atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> {
                            assertThat(process.isAlive())
                                    .as(() -> "the command ended: " + output())
                                    .isTrue();
                            return find(program, List.of(before));
                        },
                        Optional::isPresent)
                .orElseThrow();
        seen.add(found);
        return found;
    }

    private Optional<ProcessHandle> find(String program, List<ProcessHandle> before) {
        return process.descendants()
                .filter(child -> !before.contains(child))
                .filter(child -> child.info().commandLine().orElse("").contains(program))
                .findFirst();
    }

    /// Ctrl-C, as a terminal sends it to the command.
    void interrupt() throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
        assertThat(kill.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(kill.exitValue()).isZero();
    }

    /// `kill -9` of the command itself.
    void kill() {
        process.destroyForcibly();
    }

    /// Waits until none of the children that [#child] has found is left.
    void awaitThatNoChildIsLeft() {
        Awaitility.await("children to end")
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> seen.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        seen.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
