package rl.ballast.e2e.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// One cluster with the chart and the images for all tests. Started on first use and, unless it was there
/// before or `BALLAST_E2E_KEEP=true`, stopped when the tests end. On a cluster that is given
/// (`docs/guides/cluster.md`) tests that need the node or its files end as skipped.
final class Cluster {
    static final String NAMESPACE = "ballast-system";
    static final String OPERATOR = "ballast-operator";

    private static final Duration MINUTES = Duration.ofMinutes(25);

    private static @Nullable Cluster shared;
    /// Why there is none, once that is known.
    private static @Nullable String skipped;

    private static @Nullable String broken;

    /// What of the chart's values differs where a run's volume is served by one node only.
    private static final String KIND_VALUES = "runs.store.accessMode=ReadWriteOnce";

    private final Path kubeconfig;
    /// As those of `helm --set`, from the kind of the cluster and from its owner.
    private final List<String> values = new ArrayList<>();
    private final boolean enforcing;
    private final KubernetesClient client;
    /// Where helm and kubectl lie.
    private final Path programs;
    /// The node's files, seen from this machine; empty where they are not.
    private final Optional<Path> root;

    /// @throws TestAbortedException if this machine cannot run a cluster
    static synchronized Cluster shared() {
        if (skipped != null) {
            throw new TestAbortedException(skipped);
        }
        if (broken != null) {
            throw new IllegalStateException("the cluster did not come up: " + broken);
        }
        if (shared == null) {
            try {
                shared = new Cluster();
            } catch (TestAbortedException e) {
                skipped = String.valueOf(e.getMessage());
                throw e;
            } catch (RuntimeException e) {
                broken = String.valueOf(e.getMessage());
                throw e;
            }
        }
        return shared;
    }

    private Cluster() {
        boolean before = script("status").exitCode() == 0;
        images();
        kubeconfig = Path.of(script("up").orFail().lastLine());
        if (!before && !"true".equals(System.getenv("BALLAST_E2E_KEEP"))) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> script("down")));
        }
        if (System.getenv("BALLAST_E2E_KUBECONFIG") == null) {
            script("load").orFail();
        }
        String status = script("status").orFail().output();
        enforcing = status.contains("network policies are enforced");
        if (status.contains("kind cluster")) {
            values.add(KIND_VALUES);
        }
        Optional.ofNullable(System.getenv("BALLAST_E2E_HELM_SET")).ifPresent(values::add);
        var files = script("root");
        root = files.exitCode() == 0 ? Optional.of(Path.of(files.lastLine())) : Optional.empty();
        programs = Path.of(script("build", "helm", "kubectl").orFail().lastLine());
        client = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
                .build();
        install();
        // The images of now, also where a cluster was kept and the tag is the same.
        if (before) {
            kubectl("-n", NAMESPACE, "rollout", "restart", "deployment/" + OPERATOR)
                    .orFail();
            awaitOperator();
        }
    }

    private void awaitOperator() {
        kubectl("-n", NAMESPACE, "rollout", "status", "deployment/" + OPERATOR, "--timeout=180s")
                .orFail();
    }

    /// The images of a cluster of our own. For one that is given they were pushed before.
    ///
    /// @throws TestAbortedException where no base image can be made
    static void images() {
        if (System.getenv("BALLAST_E2E_KUBECONFIG") != null) {
            return;
        }
        var built = Shell.run(MINUTES, Map.of(), List.of("./ballast", "images"));
        if (built.exitCode() == 69 && built.output().contains("base-image:")) {
            throw skipped(built.output());
        }
        built.orFail();
    }

    /// Installs the chart, or upgrades it, and waits until the operator works.
    ///
    /// @param further values as those of `helm --set`, beyond what all tests need
    void install(String... further) {
        installFrom("helm/ballast", further);
    }

    /// The same with another chart: a folder or a packed one.
    void installFrom(String chart, String... further) {
        var command = new ArrayList<>(List.of(
                "upgrade",
                "--install",
                "ballast",
                chart,
                "--namespace",
                NAMESPACE,
                "--create-namespace",
                "--set",
                "runs.pods.requestMilliCpu=100",
                "--set",
                "runs.restart.firstDelay=1s",
                "--set",
                "runs.progress.interval=1s",
                "--set",
                "runs.progress.statusInterval=2s",
                "--wait",
                "--timeout",
                "180s"));
        Stream.concat(values.stream(), Stream.of(further)).forEach(value -> command.addAll(List.of("--set", value)));
        helm(command.toArray(String[]::new)).orFail();
        awaitOperator();
    }

    /// What ends a test that cannot be held on this cluster.
    static TestAbortedException skipped(String why) {
        System.err.println("SKIPPED, NOT PASSED: " + why);
        return new TestAbortedException(why);
    }

    /// Whether this cluster has an agent that enforces network policies; false also where that is not known.
    boolean enforcesPolicies() {
        return enforcing;
    }

    /// `./ballast cluster ...`
    static Shell.Ended script(String... arguments) {
        var command = new ArrayList<>(List.of("./ballast", "cluster"));
        command.addAll(List.of(arguments));
        return Shell.run(MINUTES, Map.of(), command);
    }

    Shell.Ended helm(String... arguments) {
        return program("helm", arguments);
    }

    Shell.Ended kubectl(String... arguments) {
        return program("kubectl", arguments);
    }

    private Shell.Ended program(String name, String... arguments) {
        var command = new ArrayList<>(List.of(programs.resolve(name).toString()));
        command.addAll(List.of(arguments));
        return Shell.run(Duration.ofMinutes(5), Map.of("KUBECONFIG", kubeconfig.toString()), command);
    }

    KubernetesClient client() {
        return client;
    }

    /// Ends the test as skipped where there is no such class: those of the test cluster have properties of their own.
    void needsStorageClass(String name) {
        if (client.storage().v1().storageClasses().withName(name).get() == null) {
            throw skipped("the cluster has no storage class " + name);
        }
    }

    /// The folder on this machine behind a claim.
    ///
    /// @throws TestAbortedException where volumes lie elsewhere
    Path folderOf(String namespace, String claim) {
        String volume = client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(claim)
                .get()
                .getSpec()
                .getVolumeName();
        var source = client.persistentVolumes().withName(volume).get().getSpec().getHostPath();
        return root.filter(_ -> source != null)
                .map(files -> files.resolve(source.getPath().substring(1)))
                .filter(Files::isDirectory)
                .orElseThrow(() -> skipped("the files of volume %s are not on this machine".formatted(volume)));
    }
}
