package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunningOperator;

/// The golden case of a shared pool is what the reconcilers write: the network policies of run and pool, and
/// the labels of their pods. The flows are judged by these files.
class SharedPoolGoldenIT {
    private static final Path GOLDEN = Path.of("src/test/golden/shared-pool");

    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private final Kubelet kubelet = new Kubelet(user, namespace);

    @Test
    void thePoliciesAndLabelsAreTheGoldenOnes() throws IOException {
        try (KubernetesClient client = cluster.operatorClient();
                RunningOperator operator = RunningOperator.start(
                        client, namespace, TestSettings.read(GOLDEN.resolve("settings.properties")))) {
            assertThat(operator).isNotNull();
            create("pool.yaml");
            create("rlrun.yaml");

            int policies = 0;
            for (HasMetadata golden : user.load(Files.newInputStream(GOLDEN.resolve("expected.yaml")))
                    .items()) {
                String name = golden.getMetadata().getName();
                if (golden instanceof NetworkPolicy wanted) {
                    policies++;
                    await("policy " + name)
                            .atMost(Duration.ofSeconds(20))
                            .untilAsserted(() -> assertThat(policy(name))
                                    .isEqualTo(user.getKubernetesSerialization().asJson(wanted.getSpec())));
                } else if (golden instanceof Pod) {
                    assertThat(kubelet.await(name).getMetadata().getLabels())
                            .isEqualTo(golden.getMetadata().getLabels());
                }
            }
            assertThat(policies).isEqualTo(2);
        }
    }

    private void create(String file) throws IOException {
        HasMetadata object =
                user.load(Files.newInputStream(GOLDEN.resolve(file))).items().getFirst();
        object.getMetadata().setNamespace(namespace);
        user.resource(object).create();
    }

    private String policy(String name) {
        NetworkPolicy found = user.network()
                .v1()
                .networkPolicies()
                .inNamespace(namespace)
                .withName(name)
                .get();
        return found == null ? "" : user.getKubernetesSerialization().asJson(found.getSpec());
    }
}
