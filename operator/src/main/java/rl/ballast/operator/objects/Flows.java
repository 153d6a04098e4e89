package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rl.ballast.operator.settings.OperatorSettings;

/// Renders the network policy of a group: what its pods may receive and send. Pure. `docs/design/operator.md` has the
/// table of flows.
public final class Flows {
    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";
    private static final int ENGINE = 8090;
    private static final int LEARNER = 8091;
    private static final int DNS = 53;

    private final OperatorSettings.Network settings;

    public Flows(OperatorSettings.Network settings) {
        this.settings = settings;
    }

    /// @param peers labels of pods outside the group that belong to the same run
    /// @param outside ports of servers anywhere that the run's sources and reward need
    public NetworkPolicy policy(Group group, List<Map<String, String>> peers, List<Integer> outside) {
        List<NetworkPolicyPeer> ours = new ArrayList<>();
        ours.add(pods(group.selector()));
        peers.forEach(labels -> ours.add(pods(labels)));
        return new NetworkPolicyBuilder()
                .withMetadata(group.metadata(group.name()))
                .withNewSpec()
                .withNewPodSelector()
                .withMatchLabels(group.selector())
                .endPodSelector()
                .withPolicyTypes("Ingress", "Egress")
                .withIngress(ingress(ours))
                .withEgress(egress(ours, outside))
                .endSpec()
                .build();
    }

    private List<NetworkPolicyIngressRule> ingress(List<NetworkPolicyPeer> ours) {
        List<NetworkPolicyIngressRule> rules = new ArrayList<>();
        rules.add(new NetworkPolicyIngressRuleBuilder()
                .withFrom(ours)
                .withPorts(tcp(ENGINE), tcp(LEARNER))
                .build());
        rules.add(new NetworkPolicyIngressRuleBuilder()
                .withFrom(operator())
                .withPorts(tcp(LEARNER))
                .build());
        settings.metricsNamespace()
                .ifPresent(namespace -> rules.add(new NetworkPolicyIngressRuleBuilder()
                        .withFrom(new NetworkPolicyPeerBuilder()
                                .withNewNamespaceSelector()
                                .withMatchLabels(Map.of(NAMESPACE_NAME, namespace))
                                .endNamespaceSelector()
                                .build())
                        .withPorts(tcp(ENGINE), tcp(LEARNER))
                        .build()));
        return rules;
    }

    private static List<NetworkPolicyEgressRule> egress(List<NetworkPolicyPeer> ours, List<Integer> outside) {
        List<NetworkPolicyEgressRule> rules = new ArrayList<>();
        rules.add(new NetworkPolicyEgressRuleBuilder()
                .withTo(ours)
                .withPorts(tcp(ENGINE), tcp(LEARNER))
                .build());
        rules.add(new NetworkPolicyEgressRuleBuilder()
                .withPorts(port("UDP", DNS), port("TCP", DNS))
                .build());
        if (!outside.isEmpty()) {
            rules.add(new NetworkPolicyEgressRuleBuilder()
                    .withPorts(outside.stream().map(Flows::tcp).toList())
                    .build());
        }
        return rules;
    }

    private NetworkPolicyPeer operator() {
        Optional<String> namespace = settings.operatorNamespace();
        return new NetworkPolicyPeerBuilder()
                .withNewNamespaceSelector()
                .withMatchLabels(
                        namespace.map(name -> Map.of(NAMESPACE_NAME, name)).orElse(null))
                .endNamespaceSelector()
                .withNewPodSelector()
                .withMatchLabels(Map.of("app.kubernetes.io/name", "ballast-operator"))
                .endPodSelector()
                .build();
    }

    private static NetworkPolicyPeer pods(Map<String, String> labels) {
        return new NetworkPolicyPeerBuilder()
                .withNewPodSelector()
                .withMatchLabels(labels)
                .endPodSelector()
                .build();
    }

    private static NetworkPolicyPort tcp(int number) {
        return port("TCP", number);
    }

    private static NetworkPolicyPort port(String protocol, int number) {
        return new NetworkPolicyPortBuilder()
                .withProtocol(protocol)
                .withNewPort(number)
                .build();
    }
}
