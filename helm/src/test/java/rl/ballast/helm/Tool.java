package rl.ballast.helm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// A program that a test needs: from the cache of the cluster tools, else from the `PATH`. Where there is none, the
/// test
/// is skipped and says so on standard error.
record Tool(String name, Path program) {
    private static final long LIMIT_SECONDS = 120;

    /// @param hint how to get the program
    static Tool require(String name, String hint) {
        Optional<Path> program = find(name);
        if (program.isEmpty()) {
            String message = "SKIPPED: '%s' is neither in %s/*/bin nor on the PATH. %s".formatted(name, cache(), hint);
            System.err.println("\n*** " + message + " ***\n");
            Assumptions.abort(message);
        }
        return new Tool(name, program.orElseThrow());
    }

    static Tool helm() {
        return require("helm", "Run e2e-tests/cluster/build, or install Helm 3.");
    }

    private static Optional<Path> find(String name) {
        return Stream.concat(cached(name), onPath(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Stream<Path> cached(String name) {
        if (!Files.isDirectory(cache())) {
            return Stream.empty();
        }
        try (Stream<Path> versions = Files.list(cache())) {
            return versions.map(version -> version.resolve("bin").resolve(name)).sorted().toList().reversed().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path cache() {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path root = configured == null || configured.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(configured);
        return root.resolve("ballast").resolve("cluster");
    }

    private static Stream<Path> onPath(String name) {
        String path = System.getenv("PATH");
        return Pattern.compile(":").splitAsStream(path == null ? "" : path).map(folder -> Path.of(folder, name));
    }

    /// Runs the program in the module's folder until it ends.
    Result run(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        try {
            Path out = Files.createTempFile("ballast-" + name, ".out");
            Path err = Files.createTempFile("ballast-" + name, ".err");
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("%s did not end within %d s".formatted(command, LIMIT_SECONDS));
            }
            Result result = new Result(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
            Files.delete(out);
            Files.delete(err);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        }
    }

    record Result(int exitCode, String output, String errors) {
        String all() {
            return output + errors;
        }
    }
}
