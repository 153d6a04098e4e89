package rl.ballast.helm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// A program that a test needs: from the cache of the cluster's programs, else from the `PATH`, else built by the Go
/// toolchain into that cache. Where that cannot work the test is skipped, and says so on standard error.
record Tool(Path program) {
    private static final long LIMIT_SECONDS = 120;
    private static final long BUILD_LIMIT_SECONDS = 900;
    private static final int TIMED_OUT = 124;
    private static final Path BUILDER = Path.of("../e2e-tests/cluster/cluster");
    private static final Map<String, Optional<Path>> FOUND = new ConcurrentHashMap<>();

    static Tool helm() {
        return require("helm");
    }

    static Tool require(String name) {
        Optional<Path> program = FOUND.computeIfAbsent(name, Tool::locate);
        return orSkip(program, name, "and '%s build %s' did not make it".formatted(BUILDER, name));
    }

    /// A program whose build takes too long to start it unasked.
    ///
    /// @param hint how to get it
    static Tool requireFound(String name, String hint) {
        return orSkip(find(name), name, hint);
    }

    private static Tool orSkip(Optional<Path> program, String name, String hint) {
        if (program.isEmpty()) {
            String message = "SKIPPED: no '%s' in %s/*/bin or on the PATH; %s".formatted(name, cache(), hint);
            System.err.println("\n*** " + message + " ***\n");
            Assumptions.abort(message);
        }
        return new Tool(program.orElseThrow());
    }

    private static Optional<Path> locate(String name) {
        Optional<Path> found = find(name);
        if (found.isPresent() || !Files.isExecutable(BUILDER)) {
            return found;
        }
        System.err.println("'%s' is not here: building it once by '%s build %s'".formatted(name, BUILDER, name));
        Result built = run(List.of(BUILDER.toString(), "build", name), BUILD_LIMIT_SECONDS);
        if (built.exitCode() != 0) {
            System.err.println(built.all());
        }
        return find(name);
    }

    private static Optional<Path> find(String name) {
        return Stream.concat(cached(name), onPath(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// Newest versions first.
    private static Stream<Path> cached(String name) {
        if (!Files.isDirectory(cache())) {
            return Stream.empty();
        }
        try (Stream<Path> versions = Files.list(cache())) {
            return versions.sorted().toList().reversed().stream()
                    .map(version -> version.resolve("bin").resolve(name));
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
        return run(command, LIMIT_SECONDS);
    }

    private static Result run(List<String> command, long limitSeconds) {
        try {
            Path output = Files.createTempFile("ballast-helm", ".out");
            Path errors = Files.createTempFile("ballast-helm", ".err");
            Process process = new ProcessBuilder(command)
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                String late = "%s did not end within %d s".formatted(command, limitSeconds);
                return new Result(TIMED_OUT, Files.readString(output, StandardCharsets.UTF_8), late);
            }
            Result result = new Result(
                    process.exitValue(),
                    Files.readString(output, StandardCharsets.UTF_8),
                    Files.readString(errors, StandardCharsets.UTF_8));
            Files.delete(output);
            Files.delete(errors);
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
