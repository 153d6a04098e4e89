package rl.ballast.operator.training;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.opentest4j.TestAbortedException;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Makes the cache of loaded and linked classes (JEP 483, 514) that the operator's image starts from: the packaged
/// operator works off some runs on a real API server, then stops, and the virtual machine writes down what it has
/// loaded. The cache fits exactly the Java and the archive that it was made with. `scripts/aot-cache` calls this.
public final class AotTraining {
    private static final int RUNS = 40;
    private static final int FIRST_ENDED = 10;
    private static final long STOP_MINUTES = 5;
    /// Exit code where no API server can be had.
    private static final int NO_SERVER = 77;
    private static final String COMPLETE =
            "{\"exitCode\":0,\"reason\":\"COMPLETE\",\"retryable\":false,\"step\":20,\"policyVersion\":21}";

    private AotTraining() {}

    /// Arguments: the file of the cache, then the command that starts the operator.
    public static void main(String... args) throws IOException, InterruptedException {
        Path cache = Path.of(args[0]).toAbsolutePath();
        List<String> command = new ArrayList<>(List.of(args).subList(1, args.length));
        command.add(1, "-XX:AOTCacheOutput=" + cache);
        Files.deleteIfExists(cache);
        Files.createDirectories(cache.getParent());
        ControlPlane cluster;
        try {
            cluster = ControlPlane.shared();
        } catch (TestAbortedException e) {
            System.err.println(e.getMessage());
            System.exit(NO_SERVER);
            return;
        }
        String namespace = cluster.namespace();
        int port = freePort();
        Map<String, String> environment = new TreeMap<>(cluster.operatorEnvironment());
        environment.put("POD_NAMESPACE", namespace);
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(port));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(environment);
        Process operator = builder.start();
        try {
            awaitReady(port);
            work(cluster.admin(), namespace);
            metrics(port);
        } finally {
            operator.destroy();
        }
        if (!operator.waitFor(STOP_MINUTES, TimeUnit.MINUTES) || !Files.exists(cache)) {
            operator.destroyForcibly();
            throw new IllegalStateException("the operator wrote no cache: " + cache);
        }
        System.out.printf("%s: %d MB%n", cache, Files.size(cache) >> 20);
        System.exit(0);
    }

    /// What an operator's day holds: runs that start, run, complete, are suspended and deleted.
    private static void work(KubernetesClient user, String namespace) {
        Kubelet kubelet = new Kubelet(user, namespace);
        IntStream.range(0, RUNS)
                .forEach(i ->
                        user.resource(TestRuns.plain("run-" + i, namespace)).create());
        IntStream.range(0, RUNS).forEach(i -> {
            kubelet.run("run-%d-learner-0-1".formatted(i));
            kubelet.run("run-%d-engine-0-1".formatted(i));
        });
        IntStream.range(0, RUNS).forEach(i -> awaitTrue(user, namespace, "run-" + i, ConditionType.Ready));
        IntStream.range(0, FIRST_ENDED).forEach(i -> kubelet.end("run-%d-learner-0-1".formatted(i), 0, COMPLETE));
        IntStream.range(0, FIRST_ENDED).forEach(i -> awaitTrue(user, namespace, "run-" + i, ConditionType.Complete));
        user.resources(RLRun.class).inNamespace(namespace).delete();
    }

    private static void awaitTrue(KubernetesClient user, String namespace, String name, ConditionType type) {
        Awaitility.await(name + " " + type)
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> Conditions.isTrue(
                        user.resources(RLRun.class)
                                .inNamespace(namespace)
                                .withName(name)
                                .get()
                                .getStatus()
                                .conditions(),
                        type));
    }

    private static void awaitReady(int port) {
        Awaitility.await("the operator is ready")
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(ConnectException.class)
                .until(() -> get(port, "/q/health/ready") == 200);
    }

    private static void metrics(int port) throws IOException, InterruptedException {
        if (get(port, "/q/metrics") != 200) {
            throw new IllegalStateException("the operator has no metrics");
        }
    }

    private static int get(int port, String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:%d%s".formatted(port, path));
            return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
