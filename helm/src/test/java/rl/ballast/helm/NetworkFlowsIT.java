package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.helm.NetworkPolicies.Peer;

/// The chart's network policies: the operator's flows are those of the table in `docs/design/operator.md`. What a run's
/// own policy adds is in `RunFlowsTest`; here run pods have the default only.
class NetworkFlowsIT {
    private static final Map<String, String> RUN_POD =
            Map.of("app.kubernetes.io/name", "ballast", "app.kubernetes.io/managed-by", "ballast-operator");
    private static final Map<String, Peer> PEERS = Map.of(
            "operator",
                    Peer.pod(
                            Chart.NAMESPACE,
                            Map.of(
                                    "app.kubernetes.io/name", "ballast-operator",
                                    "app.kubernetes.io/instance", Chart.RELEASE,
                                    "app.kubernetes.io/component", "operator"),
                            Map.of("http", 8080)),
            "test",
                    Peer.pod(
                            Chart.NAMESPACE,
                            Map.of(
                                    "app.kubernetes.io/name", "ballast",
                                    "app.kubernetes.io/instance", Chart.RELEASE,
                                    "app.kubernetes.io/component", "test"),
                            Map.of()),
            "prometheus", Peer.pod("monitoring", Map.of("app", "prometheus"), Map.of()),
            "stranger", Peer.pod("other", Map.of("app", "stranger"), Map.of()),
            "neighbour", Peer.pod(Chart.NAMESPACE, Map.of("app", "neighbour"), Map.of()),
            "dns", Peer.pod("kube-system", Map.of("k8s-app", "kube-dns"), Map.of()),
            "learner", Peer.pod("research", RUN_POD, Map.of("http", 8091)),
            "engine", Peer.pod("research", RUN_POD, Map.of("http", 8090)),
            "apiServer", Peer.outside("10.0.0.3"),
            "internet", Peer.outside("93.184.215.14"));

    private static final Set<String> RUN = Set.of("learner", "engine");

    private static List<JsonNode> production = List.of();

    @BeforeAll
    static void render() {
        production = Chart.objects(Chart.FOLDER.resolve("examples/production.yaml"));
    }

    private static Peer peer(String name) {
        return Objects.requireNonNull(PEERS.get(name), name);
    }

    @Test
    void theOperatorsFlowsAreThoseOfTheTable() {
        FlowTable table = new FlowTable()
                .place("pods of the run", "learner", "engine")
                .place("pods with the run's label", "learner", "engine")
                .place("operator", "operator")
                .place("metrics namespace", "prometheus")
                .place("helm test", "test")
                .place("API server", "apiServer")
                .ports("its servers")
                .ports("networkPolicy.apiServerPorts", "TCP 6443");
        Map<String, Peer> peers = new HashMap<>(PEERS);
        peers.keySet().removeAll(RUN);

        table.check(new NetworkPolicies(production), peers, Set.of("operator"), Set.of());
    }

    @ParameterizedTest
    @CsvSource({
        "operator, learner,   TCP, 8091, false",
        "learner,  operator,  TCP, 8080, false",
        "learner,  engine,    TCP, 8090, false",
        "learner,  dns,       UDP, 53,   true",
        "learner,  internet,  UDP, 53,   true",
        "learner,  apiServer, TCP, 6443, false",
        "engine,   internet,  TCP, 443,  false",
        "stranger, engine,    TCP, 8090, false",
        "stranger, internet,  TCP, 443,  true",
    })
    void aRunPodHasNamesOnly(String from, String to, String protocol, int port, boolean allowed) {
        var policies = new NetworkPolicies(production);

        assertThat(policies.allows(peer(from), peer(to), protocol, port)).isEqualTo(allowed);
    }

    @Test
    void theOperatorReachesLearnersOnceTheirOwnPolicyLetsItIn() {
        var objects = Chart.objects(Path.of("src/test/resources/rendered/default.values.yaml"));
        var policies = new NetworkPolicies(objects);

        assertThat(policies.allows(peer("operator"), peer("learner"), "TCP", 8091))
                .isTrue();
        assertThat(policies.allows(peer("operator"), peer("engine"), "TCP", 8090))
                .isFalse();
        assertThat(policies.allows(peer("operator"), peer("stranger"), "TCP", 8091))
                .isFalse();
    }

    @Test
    void withoutAMetricsNamespaceNobodyReadsTheOperatorsMetrics() {
        var objects = Chart.objects(Path.of("src/test/resources/rendered/default.values.yaml"));

        assertThat(new NetworkPolicies(objects).allows(peer("prometheus"), peer("operator"), "TCP", 8080))
                .isFalse();
    }
}
