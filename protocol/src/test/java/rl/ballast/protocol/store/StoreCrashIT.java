package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;

/// A process that writes without pause is killed at an arbitrary moment, several times over.
class StoreCrashIT {
    private static final int KILLS = 3;

    @TempDir
    Path folder;

    /// Publishes versions of two files that must agree, and logs each, until it is killed.
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            StoreLayout layout = new StoreLayout(Path.of(args[0]));
            PublishedWeights weights = new PublishedWeights(layout);
            try (StoreLock _ = StoreLock.take(layout);
                    JsonLines metrics = JsonLines.open(layout.metrics())) {
                long epoch = Epochs.of(layout).next();
                AtomicFiles.cleanLeftovers(layout.weights());
                while (true) {
                    PolicyVersion version =
                            weights.highestUsed().map(PolicyVersion::next).orElse(new PolicyVersion(1));
                    String content = "version %d ".formatted(version.value()).repeat(2000);
                    AtomicFiles.writeFolder(layout.weights(version), temporary -> {
                        Files.writeString(temporary.resolve("manifest.json"), content);
                        Files.writeString(temporary.resolve("model.safetensors"), content);
                    });
                    weights.advance(version, epoch);
                    metrics.append(Map.of("version", version.value(), "epoch", epoch, "text", content));
                    System.out.println(version.value());
                }
            }
        }
    }

    @Test
    void whatStandsAfterAKillIsCompleteAndTheNextProcessGoesOn() throws Exception {
        StoreLayout layout = new StoreLayout(folder);
        PublishedWeights weights = new PublishedWeights(layout);
        long seen = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            long reported = killAfter(3 * kill);
            assertThat(reported).isGreaterThan(seen);

            PolicyVersion current = weights.current().orElseThrow();
            assertThat(current.value()).isGreaterThanOrEqualTo(reported);
            for (PolicyVersion version : weights.versions()) {
                assertComplete(layout.weights(version), version);
            }
            JsonNode lastLine = JsonLines.read(layout.metrics()).objects().getLast();
            assertThat(lastLine.get("version").longValue()).isGreaterThanOrEqualTo(reported);
            assertThat(Epochs.of(layout).newest()).hasValue(kill);
            seen = reported;
        }
        AtomicFiles.cleanLeftovers(layout.weights());
        try (var entries = Files.list(layout.weights())) {
            assertThat(entries.filter(AtomicFiles::isTemporary)).isEmpty();
        }
    }

    private static void assertComplete(Path version, PolicyVersion number) throws IOException {
        String content = "version %d ".formatted(number.value()).repeat(2000);
        assertThat(version.resolve("manifest.json")).hasContent(content);
        assertThat(version.resolve("model.safetensors")).hasContent(content);
    }

    /// @return the last version that the writer reported before it was killed
    private long killAfter(int versions) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String last = null;
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < versions; i++) {
                last = output.readLine();
                assertThat(last).isNotNull();
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return Long.parseLong(String.valueOf(last));
    }
}
