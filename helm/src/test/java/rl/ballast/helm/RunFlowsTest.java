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
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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

    @Test
    void aRunWithEverythingInTheCluster() {
        check("quickstart", table("operator", "impostor"));
    }

    @Test
    void aRunWithAUrlSourceAndARewardService() {
        check("off-policy", table("operator", "impostor").ports("its servers", "TCP 80", "TCP 443"));
    }

    @Test
    void aRunAndThePoolThatItShares() {
        check(
                "shared-pool",
                table("operator")
                        .place("metrics namespace", "prometheus")
                        .place("pods with the run's label", "learner")
                        .ports("its servers", "TCP 443", "TCP 8080", "TCP 9000"));
    }

    /// Without a namespace for metrics, and without servers outside.
    ///
    /// @param operators who is taken for the operator
    private static FlowTable table(String... operators) {
        return new FlowTable()
                .place("pods of the run", "learner", "engine")
                .place("pods with the run's label", "learner", "engine")
                .place("operator", operators)
                .place("metrics namespace")
                .place("helm test")
                .place("API server", "apiServer")
                .place("pods of the cluster")
                .ports("its servers")
                .ports("networkPolicy.apiServerPorts", "TCP 443", "TCP 6443");
    }

    private static void check(String name, FlowTable table) {
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
        table.check(policies, peers, Set.of("learner", "engine"), Set.of("operator", "otherRun", "otherPool"));
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
