package rl.ballast.operator;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/// Runs as a user writes them.
public final class TestRuns {
    private static final String PLAIN = """
        apiVersion: ballast.rl/v1alpha1
        kind: RLRun
        metadata: {name: %s, namespace: %s}
        spec:
          model: {random: {preset: tiny-moe, seed: 7}}
          data:
            prompts: {configMap: {name: arithmetic, key: train.jsonl}}
          reward: {verifier: exact-answer}
          recipe: {onPolicy: {}}
          steps: 20
        """;

    private TestRuns() {}

    /// The least a run can say.
    public static GenericKubernetesResource plain(String name, String namespace) {
        return parse(PLAIN.formatted(name, namespace));
    }

    /// One with more in its spec.
    ///
    /// @param more a line of YAML
    public static GenericKubernetesResource with(String name, String namespace, String more) {
        return parse("%s  %s\n".formatted(PLAIN.formatted(name, namespace), more));
    }

    /// One that uses a pool of its namespace.
    public static GenericKubernetesResource sharing(String name, String namespace, String pool) {
        return with(name, namespace, "rollouts: {pool: {name: %s}}".formatted(pool));
    }

    /// A pool that no run owns.
    ///
    /// @param template as JSON
    public static GenericKubernetesResource pool(String name, String namespace, int replicas, String template) {
        return parse("""
                apiVersion: ballast.rl/v1alpha1
                kind: RolloutPool
                metadata: {name: %s, namespace: %s}
                spec: {replicas: %d, storage: {volume: {size: 1Gi}}, template: %s}
                """.formatted(name, namespace, replicas, template));
    }

    /// One whose engines an autoscaler counts.
    public static GenericKubernetesResource scaling(String name, String namespace) {
        return with(name, namespace, "rollouts: {scaling: {min: 1, max: 4, initial: 1}}");
    }

    private static GenericKubernetesResource parse(String yaml) {
        return new KubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class);
    }
}
