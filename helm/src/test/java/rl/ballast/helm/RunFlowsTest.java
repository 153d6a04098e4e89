package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.helm.NetworkPolicies.Peer;

/// What the pods of a run may send to each other and receive: the table of flows in `docs/design/operator.md`.
/// The policies and the pods' labels are the operator's golden files; the chart's policies for the same
/// namespace add up with them.
class RunFlowsTest {
    private static final Path GOLDEN = Path.of("../operator/src/test/golden");
    private static final Path CHART = Path.of("src/test/resources/rendered/namespaced.golden.yaml");
    private static final String NAMESPACE = "team-a";
    private static final Map<String, Peer> AROUND = Map.of(
            "operator",
            operatorIn(Chart.NAMESPACE),
            "impostor",
            operatorIn("other"),
            "prometheus",
            Peer.pod("monitoring", Map.of("app", "prometheus"), Map.of()),
            "stranger",
            Peer.pod("other", Map.of("app", "stranger"), Map.of()),
            "neighbour",
            Peer.pod(NAMESPACE, Map.of("app", "neighbour"), Map.of()),
            "otherRun",
            Peer.pod(NAMESPACE, runPod("other", "ballast.rl/run"), Map.of()),
            "otherPool",
            Peer.pod(NAMESPACE, runPod("other", "ballast.rl/pool"), Map.of()),
            "dns",
            Peer.pod("kube-system", Map.of("k8s-app", "kube-dns"), Map.of()),
            "apiServer",
            Peer.outside("10.0.0.3"),
            "internet",
            Peer.outside("93.184.215.14"));

    @ParameterizedTest
    @CsvSource({
        "learner,    engine,     TCP, 8090, true",
        "engine,     learner,    TCP, 8091, true",
        "learner,    learner,    TCP, 8091, true",
        "operator,   learner,    TCP, 8091, true",
        "learner,    dns,        UDP, 53,   true",
        "engine,     dns,        TCP, 53,   true",
        "operator,   engine,     TCP, 8090, false",
        "prometheus, learner,    TCP, 8091, false",
        "prometheus, engine,     TCP, 8090, false",
        "stranger,   engine,     TCP, 8090, false",
        "stranger,   learner,    TCP, 8091, false",
        "neighbour,  engine,     TCP, 8090, false",
        "neighbour,  learner,    TCP, 8091, false",
        "otherRun,   engine,     TCP, 8090, false",
        "otherRun,   learner,    TCP, 8091, false",
        "otherPool,  learner,    TCP, 8091, false",
        "learner,    otherRun,   TCP, 8090, false",
        "learner,    otherPool,  TCP, 8090, false",
        "learner,    engine,     TCP, 5005, false",
        "learner,    engine,     UDP, 8090, false",
        "learner,    operator,   TCP, 8080, false",
        "learner,    apiServer,  TCP, 6443, false",
        "learner,    internet,   TCP, 443,  false",
        "engine,     internet,   TCP, 443,  false",
    })
    void aRunWithEverythingInTheCluster(String from, String to, String protocol, int port, boolean allowed) {
        check("quickstart", from, to, protocol, port, allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "learner,    engine,     TCP, 8090, true",
        "engine,     learner,    TCP, 8091, true",
        "operator,   learner,    TCP, 8091, true",
        "learner,    internet,   TCP, 443,  true",
        "learner,    internet,   TCP, 80,   true",
        "learner,    internet,   TCP, 22,   false",
        "learner,    internet,   TCP, 6443, false",
        "learner,    internet,   UDP, 443,  false",
        "internet,   learner,    TCP, 8091, false",
        "stranger,   engine,     TCP, 8090, false",
        "neighbour,  engine,     TCP, 8090, false",
        "otherRun,   engine,     TCP, 8090, false",
        "otherRun,   learner,    TCP, 8091, false",
    })
    void aRunWithAUrlSourceAndARewardService(String from, String to, String protocol, int port, boolean allowed) {
        check("off-policy", from, to, protocol, port, allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "learner,    engine,     TCP, 8090, true",
        "engine,     learner,    TCP, 8091, true",
        "engine,     engine,     TCP, 8090, true",
        "operator,   learner,    TCP, 8091, true",
        "prometheus, learner,    TCP, 8091, true",
        "prometheus, engine,     TCP, 8090, true",
        "engine,     dns,        UDP, 53,   true",
        "learner,    internet,   TCP, 443,  true",
        "engine,     internet,   TCP, 443,  false",
        "impostor,   learner,    TCP, 8091, false",
        "prometheus, engine,     TCP, 5005, false",
        "operator,   engine,     TCP, 8090, false",
        "stranger,   engine,     TCP, 8090, false",
        "neighbour,  engine,     TCP, 8090, false",
        "otherRun,   engine,     TCP, 8090, false",
        "otherRun,   learner,    TCP, 8091, false",
        "otherPool,  learner,    TCP, 8091, false",
        "otherPool,  engine,     TCP, 8090, false",
        "learner,    otherPool,  TCP, 8090, false",
        "engine,     otherRun,   TCP, 8091, false",
    })
    void aRunAndThePoolThatItShares(String from, String to, String protocol, int port, boolean allowed) {
        check("shared-pool", from, to, protocol, port, allowed);
    }

    private static void check(String name, String from, String to, String protocol, int port, boolean allowed) {
        List<JsonNode> run = read(GOLDEN.resolve(name).resolve("expected.yaml"));
        Map<String, Peer> peers = new HashMap<>(AROUND);
        for (JsonNode pod : Chart.ofKind(run, "Pod")) {
            Map<String, String> labels = pod.at("/metadata/labels").properties().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, label -> label.getValue().asText()));
            peers.put(
                    Objects.requireNonNull(labels.get("ballast.rl/role")),
                    Peer.pod(pod.at("/metadata/namespace").asText(), labels, Map.of()));
        }
        assertThat(peers).containsKeys("learner", "engine");
        var policies = new NetworkPolicies(
                Stream.concat(read(CHART).stream(), run.stream()).toList());

        assertThat(policies.allows(
                        Objects.requireNonNull(peers.get(from), from),
                        Objects.requireNonNull(peers.get(to), to),
                        protocol,
                        port))
                .isEqualTo(allowed);
    }

    private static List<JsonNode> read(Path file) {
        try {
            return Chart.parse(Files.readString(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Peer operatorIn(String namespace) {
        return Peer.pod(
                namespace,
                Map.of(
                        "app.kubernetes.io/name", "ballast-operator",
                        "app.kubernetes.io/instance", Chart.RELEASE,
                        "app.kubernetes.io/component", "operator"),
                Map.of("http", 8080));
    }

    private static Map<String, String> runPod(String name, String label) {
        return Map.of(
                "app.kubernetes.io/name",
                "ballast",
                "app.kubernetes.io/managed-by",
                "ballast-operator",
                "app.kubernetes.io/instance",
                name,
                label,
                name);
    }
}
