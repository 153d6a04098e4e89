package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import org.junit.jupiter.api.Test;

/// A pool that several runs use, one at a time.
@NeedsCluster
class SharedPoolE2E {
    private static final String POOL = "rollouts={pool: {name: shared}}";

    private final Cluster cluster = Cluster.shared();

    @Test
    void runsTakeTurns() {
        try (var first = ClusterRun.apply("quickstart", "e2e-shared-pool", POOL, "steps=30")) {
            first.awaitReason("PoolNotFound");
            cluster.client()
                    .resource(cluster.client()
                            .getKubernetesSerialization()
                            .unmarshal("""
                                    apiVersion: ballast.rl/v1alpha1
                                    kind: RolloutPool
                                    metadata: {name: shared, namespace: %s}
                                    spec: {replicas: 1, storage: {}}
                                    """.formatted(first.namespace()), GenericKubernetesResource.class))
                    .create();
            first.awaitStep(1);

            var second = first.beside("second", POOL, "steps=3");
            second.awaitReason("PoolInUse");
            assertThat(second.ready()).contains("quickstart");

            first.awaitReason("Complete");
            second.awaitReason("Complete");
            assertThat(first.status().step()).isEqualTo(30);
            assertThat(second.status().step()).isEqualTo(3);
            assertThat(second.status().restarts()).isZero();
        }
    }
}
