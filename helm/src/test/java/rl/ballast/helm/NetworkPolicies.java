package rl.ballast.helm;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Says what a set of network policies lets through, by the rules of Kubernetes: a pod that a policy selects may do
/// what one of its policies allows; any other pod may do everything.
final class NetworkPolicies {
    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";
    private final List<JsonNode> policies;

    NetworkPolicies(List<JsonNode> objects) {
        this.policies = Chart.ofKind(objects, "NetworkPolicy");
    }

    /// @param namespace null for an address outside the cluster's pods
    /// @param ports names of the pod's ports
    record Peer(@Nullable String namespace, Map<String, String> labels, String address, Map<String, Integer> ports) {
        static Peer pod(String namespace, Map<String, String> labels, Map<String, Integer> ports) {
            return new Peer(namespace, labels, "10.244.0.9", ports);
        }

        static Peer outside(String address) {
            return new Peer(null, Map.of(), address, Map.of());
        }
    }

    boolean allows(Peer from, Peer to, String protocol, int port) {
        return direction("Egress", "egress", "to", from, to, to, protocol, port)
                && direction("Ingress", "ingress", "from", to, from, to, protocol, port);
    }

    private boolean direction(
            String type, String rules, String peers, Peer subject, Peer other, Peer server, String protocol, int port) {
        List<JsonNode> selecting = policies.stream()
                .filter(policy -> policy.at("/metadata/namespace").asText().equals(subject.namespace()))
                .filter(policy -> matches(policy.at("/spec/podSelector"), subject.labels()))
                .filter(policy -> contains(policy.at("/spec/policyTypes"), type))
                .toList();
        return selecting.isEmpty()
                || selecting.stream()
                        .flatMap(policy -> stream(policy.path("spec").path(rules))
                                .filter(rule -> ports(rule.path("ports"), server, protocol, port))
                                .filter(rule -> peers(rule.path(peers), policy, other)))
                        .findAny()
                        .isPresent();
    }

    private static boolean ports(JsonNode ports, Peer server, String protocol, int port) {
        return ports.isEmpty()
                || stream(ports).anyMatch(each -> {
                    JsonNode wanted = each.path("port");
                    Integer number = wanted.isInt()
                            ? Integer.valueOf(wanted.asInt())
                            : server.ports().get(wanted.asText());
                    return each.path("protocol").asText().equals(protocol) && number != null && number == port;
                });
    }

    private static boolean peers(JsonNode peers, JsonNode policy, Peer other) {
        return peers.isEmpty() || stream(peers).anyMatch(peer -> peer(peer, policy, other));
    }

    private static boolean peer(JsonNode peer, JsonNode policy, Peer other) {
        if (peer.has("ipBlock")) {
            return other.namespace() == null && within(peer.at("/ipBlock/cidr").asText(), other.address());
        }
        String namespace = other.namespace();
        if (namespace == null) {
            return false;
        }
        boolean there = peer.has("namespaceSelector")
                ? matches(peer.path("namespaceSelector"), Map.of(NAMESPACE_NAME, namespace))
                : policy.at("/metadata/namespace").asText().equals(namespace);
        return there && matches(peer.path("podSelector"), other.labels());
    }

    private static boolean matches(JsonNode selector, Map<String, String> labels) {
        boolean equal = selector.path("matchLabels").properties().stream()
                .allMatch(label -> label.getValue().asText().equals(labels.get(label.getKey())));
        return equal
                && stream(selector.path("matchExpressions")).allMatch(expression -> {
                    if (!expression.path("operator").asText().equals("In")) {
                        throw new IllegalArgumentException("only In is known here, found " + expression);
                    }
                    String value = labels.get(expression.path("key").asText());
                    return value != null && contains(expression.path("values"), value);
                });
    }

    private static boolean contains(JsonNode array, String text) {
        return stream(array).anyMatch(each -> each.asText().equals(text));
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /// IPv4 only.
    private static boolean within(String cidr, String address) {
        String[] parts = cidr.split("/", -1);
        int shift = Integer.SIZE - Integer.parseInt(parts[1]);
        return shift == Integer.SIZE || number(parts[0]) >>> shift == number(address) >>> shift;
    }

    private static int number(String address) {
        try {
            int number = 0;
            for (byte part : InetAddress.getByName(address).getAddress()) {
                number = (number << Byte.SIZE) | (part & 0xff);
            }
            return number;
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address: " + address, e);
        }
    }
}
