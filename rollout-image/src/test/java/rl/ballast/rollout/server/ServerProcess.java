package rl.ballast.rollout.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rl.ballast.protocol.wire.client.CallPolicy;
import rl.ballast.protocol.wire.client.EngineClient;

/// The packaged server as a process of its own.
final class ServerProcess implements AutoCloseable {
    static final String TOKEN = "a-secret";
    private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");
    private static final Pattern LISTENING = Pattern.compile("Listening on: (http://\\S+)");
    private static final long LIMIT_SECONDS = 120;

    final Process process;
    final List<String> output = new CopyOnWriteArrayList<>();
    private final CompletableFuture<URI> address = new CompletableFuture<>();

    private ServerProcess(Process process) {
        this.process = process;
        Thread.ofVirtual().start(this::read);
    }

    /// Starts the server with a configuration file of these contents.
    static ServerProcess start(Path folder, String config) {
        return start(folder, config, UnaryOperator.identity());
    }

    /// @param command changes the command line
    static ServerProcess start(Path folder, String config, UnaryOperator<List<String>> command) {
        try {
            Path file = Files.writeString(folder.resolve("engine-7.json"), config);
            return run(command.apply(commandLine(file.toString())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> commandLine(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx256m",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                JAR.toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    static ServerProcess run(List<String> command) {
        try {
            return new ServerProcess(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String config(Path store, int port) {
        return """
                {"run": {"name": "test", "uid": "%s", "specDigest": "00"}, "store": "%s", "backend": "Vector",
                 "precision": "BF16", "host": "127.0.0.1", "port": %d, "token": "%s", "computeThreads": 1,
                 "maxSequences": 32, "maxBatchTokens": 64, "kvBlockTokens": 16, "kvCacheBytes": 33554432,
                 "captureRoutes": true, "swapPolicy": "RecomputeCache"}
                """.formatted(TestStore.UID, store.toAbsolutePath(), port, TOKEN);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
                Matcher matcher = LISTENING.matcher(line);
                if (matcher.find()) {
                    address.complete(URI.create(matcher.group(1)));
                }
            }
        } catch (IOException e) {
            output.add("output ended: " + e);
        }
        address.completeExceptionally(new IllegalStateException("the server ended: " + String.join("\n", output)));
    }

    URI address() {
        return address.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    }

    EngineClient client() {
        return client(TOKEN);
    }

    EngineClient client(String token) {
        Duration limit = Duration.ofSeconds(LIMIT_SECONDS);
        var policy =
                new CallPolicy(limit, limit, limit, limit, Duration.ZERO, Duration.ofMillis(10), Duration.ofMillis(10));
        return new EngineClient(address(), token, policy);
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the server does not end: " + String.join("\n", output));
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
