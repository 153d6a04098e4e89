package rl.ballast.operator.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;
import rl.ballast.operator.objects.LeanObjects;

/// A real API server and etcd for tests, one per virtual machine, with the CRDs applied. There are no controllers and
/// no nodes: tests play the kubelet. Ends with the tests.
public final class ControlPlane {
    private static final String ADMIN = "admin-token";
    private static final String OPERATOR = "operator-token";
    private static final String OPERATOR_USER = "ballast-operator";
    private static final String NAMESPACED = "namespaced-token";
    private static final String NAMESPACED_USER = "ballast-operator-namespaced";
    private static @Nullable ControlPlane shared;
    private static @Nullable String broken;

    private final Path folder;
    private final int port;
    private final List<Process> processes = new ArrayList<>();
    private final KubernetesClient admin;
    private final AtomicInteger namespaces = new AtomicInteger();

    /// The one control plane of this machine, started on first use.
    public static synchronized ControlPlane shared() {
        if (broken != null) {
            throw new IllegalStateException("the control plane did not start: " + broken);
        }
        if (shared == null) {
            try {
                shared = new ControlPlane();
            } catch (TestAbortedException e) {
                throw e;
            } catch (RuntimeException e) {
                broken = String.valueOf(e.getMessage());
                throw e;
            }
        }
        return shared;
    }

    private ControlPlane() {
        Path binaries = Binaries.folder();
        try {
            folder = Files.createTempDirectory("ballast-control-plane");
            port = freePort();
            Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
            startEtcdAndServer(binaries);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        admin = client(ADMIN, "test-user/1");
        await();
        Crds.apply(admin);
        ChartRoles.grant(admin, OPERATOR_USER);
    }

    private void startEtcdAndServer(Path binaries) throws IOException {
        int etcd = freePort();
        int peer = freePort();
        start(
                "etcd",
                binaries.resolve("etcd").toString(),
                "--data-dir=" + folder.resolve("etcd"),
                "--unsafe-no-fsync",
                "--listen-client-urls=http://127.0.0.1:" + etcd,
                "--advertise-client-urls=http://127.0.0.1:" + etcd,
                "--listen-peer-urls=http://127.0.0.1:" + peer,
                "--log-level=error");
        writeKeys();
        Files.writeString(folder.resolve("tokens.csv"), """
                %s,admin,admin,system:masters
                %s,%s,operator
                %s,%s,namespaced
                """.formatted(
                        ADMIN, OPERATOR, OPERATOR_USER, NAMESPACED, NAMESPACED_USER));
        start(
                "kube-apiserver",
                binaries.resolve("kube-apiserver").toString(),
                "--etcd-servers=http://127.0.0.1:" + etcd,
                "--bind-address=127.0.0.1",
                "--secure-port=" + port,
                "--cert-dir=" + folder.resolve("certificates"),
                "--token-auth-file=" + folder.resolve("tokens.csv"),
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.0.0.0/16",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + folder.resolve("sa.pub"),
                "--service-account-signing-key-file=" + folder.resolve("sa.key"),
                "--disable-admission-plugins=ServiceAccount",
                "--audit-policy-file=" + auditPolicy(),
                "--audit-log-path=" + folder.resolve("audit.log"),
                "--enable-priority-and-fairness=false");
    }

    private String auditPolicy() throws IOException {
        return Files.writeString(folder.resolve("audit.yaml"), """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived, ResponseStarted]
            rules: [{level: Metadata}]
            """).toString();
    }

    private void writeKeys() throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair keys = generator.generateKeyPair();
            pem("sa.key", "PRIVATE KEY", keys.getPrivate().getEncoded());
            pem("sa.pub", "PUBLIC KEY", keys.getPublic().getEncoded());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void pem(String file, String type, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                folder.resolve(file), "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, body, type));
    }

    private void start(String name, String... command) throws IOException {
        processes.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start());
    }

    private void await() {
        Awaitility.await("the API server of " + folder)
                .atMost(Duration.ofSeconds(160))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .until(() -> {
                    if (processes.stream().anyMatch(process -> !process.isAlive())) {
                        throw new IllegalStateException("a process of the control plane has ended: see " + folder);
                    }
                    return "ok".equals(admin.raw("/readyz"));
                });
    }

    /// For whoever may do everything.
    public KubernetesClient admin() {
        return admin;
    }

    /// What the operator has asked for in a namespace.
    public AuditLog auditLog(String namespace) {
        return AuditLog.read(folder.resolve("audit.log"), OPERATOR_USER, Set.of(namespace));
    }

    /// The same, with what it has asked for in all namespaces at once.
    public AuditLog wholeAuditLog(String namespace) {
        return AuditLog.read(folder.resolve("audit.log"), OPERATOR_USER, Set.of(namespace, ""));
    }

    /// What the operator of [#namespacedClient(String)] has asked for, wherever.
    public AuditLog namespacedAuditLog(String namespace) {
        return AuditLog.read(folder.resolve("audit.log"), NAMESPACED_USER, Set.of(namespace, ""));
    }

    /// What the chart lets the operator do, as `group resource verb`.
    public Set<String> operatorRights() {
        return ChartRoles.rights();
    }

    /// @param agent user agent, from which the server takes the name of the field manager
    public KubernetesClient client(String token, String agent) {
        return new KubernetesClientBuilder()
                .withConfig(config(address(), token, agent))
                .build();
    }

    /// For an operator that watches one namespace: it has what the chart gives it there, and nothing in any other.
    public KubernetesClient namespacedClient(String namespace) {
        ChartRoles.grantNamespaced(admin, NAMESPACED_USER, namespace);
        return operatorClient(config(address(), NAMESPACED, "ballast-operator/1"));
    }

    /// For the operator: it may do what the chart lets it do, and nothing else.
    public KubernetesClient operatorClient() {
        return operatorClient("1");
    }

    /// @param instance by which the audit log tells one of several from the others
    public KubernetesClient operatorClient(String instance) {
        return operatorClient(config(address(), OPERATOR, "ballast-operator/" + instance));
    }

    /// One that reaches the server by a way with trouble on it.
    ///
    /// @param retries of a request that the server does not answer well
    public KubernetesClient operatorClient(TroubledServer way, int retries) {
        Config config = config(way.address(), OPERATOR, "ballast-operator/1");
        config.setRequestRetryBackoffLimit(retries);
        return operatorClient(config);
    }

    /// A way to the server on which there can be trouble.
    public TroubledServer troubled() {
        return new TroubledServer(port);
    }

    private static KubernetesClient operatorClient(Config config) {
        ObjectMapper mapper = new ObjectMapper();
        new LeanObjects().customize(mapper);
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(new KubernetesSerialization(mapper, true))
                .build();
    }

    /// What a process takes for the operator's client from its environment.
    public Map<String, String> operatorEnvironment() {
        return Map.of(
                "KUBERNETES_MASTER",
                address(),
                "KUBERNETES_AUTH_TOKEN",
                OPERATOR,
                "KUBERNETES_TRUST_CERTIFICATES",
                "true",
                "KUBECONFIG",
                folder.resolve("none").toString());
    }

    private String address() {
        return "https://127.0.0.1:" + port;
    }

    private static Config config(String address, String token, String agent) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(address)
                .withOauthToken(token)
                .withTrustCerts(true)
                .withRequestRetryBackoffLimit(0)
                .build();
        config.setUserAgent(agent);
        return config;
    }

    /// A new namespace, so that tests do not meet.
    public String namespace() {
        String name = "test-" + namespaces.incrementAndGet();
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        ChartRoles.grantOwn(admin, OPERATOR_USER, name);
        return name;
    }

    private void stop() {
        processes.reversed().forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("could not remove " + folder + ": " + e.getMessage());
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
