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

    /// One that uses a pool of its namespace.
    public static GenericKubernetesResource sharing(String name, String namespace, String pool) {
        return parse(PLAIN.formatted(name, namespace) + "  rollouts: {pool: {name: %s}}\n".formatted(pool));
    }

    /// One whose engines an autoscaler counts.
    public static GenericKubernetesResource scaling(String name, String namespace) {
        return parse(PLAIN.formatted(name, namespace) + "  rollouts: {scaling: {min: 1, max: 4, initial: 1}}\n");
    }

    private static GenericKubernetesResource parse(String yaml) {
        return new KubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class);
    }
}
