package rl.ballast.operator.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/// Where kube-apiserver and etcd lie. Built once by `ballast cluster build`; where that cannot work, tests are skipped,
/// loudly.
final class Binaries {
    private static final String VERSIONS = "kubernetes-1.34.4_etcd-3.6.5";
    private static final long BUILD_MINUTES = 30;

    private Binaries() {}

    static Path folder() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path root =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        Path folder = root.resolve("ballast/cluster").resolve(VERSIONS).resolve("bin");
        if (complete(folder)) {
            return folder;
        }
        build();
        if (!complete(folder)) {
            throw skipped("the build ended without etcd and kube-apiserver in " + folder);
        }
        return folder;
    }

    private static boolean complete(Path folder) {
        return Stream.of("etcd", "kube-apiserver").allMatch(name -> Files.isExecutable(folder.resolve(name)));
    }

    private static void build() {
        Path script = Path.of("..", "e2e-tests", "cluster", "cluster")
                .toAbsolutePath()
                .normalize();
        if (!Files.isExecutable(script)) {
            throw skipped("no script " + script);
        }
        try {
            Process process = new ProcessBuilder(script.toString(), "build", "etcd", "kube-apiserver")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw skipped("the control plane could not be built: " + output);
            }
        } catch (IOException e) {
            throw skipped("the control plane could not be built: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw skipped("interrupted while the control plane was built");
        }
    }

    private static TestAbortedException skipped(String why) {
        System.err.println("SKIPPED: tests against a real API server did not run: " + why);
        return new TestAbortedException(why);
    }
}
