package rl.ballast.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Tests with an operator that works in a namespace of their own; the test is the user and plays the kubelet.
public abstract class OperatorCase {
    private final ControlPlane cluster = ControlPlane.shared();
    protected final KubernetesClient user = cluster.admin();
    protected final String namespace = cluster.namespace();
    protected final Kubelet kubelet = new Kubelet(user, namespace);
    private KubernetesClient client;
    private RunningOperator operator;

    @BeforeEach
    void start() {
        client = cluster.operatorClient();
        operator = RunningOperator.start(client, namespace, settings());
    }

    @AfterEach
    void stop() {
        operator.close();
        client.close();
    }

    protected final void stopOperator() {
        operator.close();
    }

    protected final void startOperator() {
        operator = RunningOperator.start(client, namespace, settings());
    }

    protected OperatorSettings settings() {
        return TestSettings.of();
    }

    /// Another operator in the place of the one that works.
    protected final void replaceOperator() {
        stopOperator();
        startOperator();
    }

    protected final RLRun run(String name) {
        return user.resources(RLRun.class).inNamespace(namespace).withName(name).get();
    }

    protected final void edit(String name, String patch) {
        user.resources(RLRun.class)
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    /// Waits until the `Ready` of a run has that reason.
    protected final void awaitReason(String name, String reason) {
        await(name + " " + reason)
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> {
                    RLRun run = run(name);
                    assertThat(run.getStatus()).isNotNull();
                    assertThat(Conditions.find(run.getStatus().conditions(), ConditionType.Ready))
                            .hasValueSatisfying(ready -> assertThat(ready.getReason() + " " + ready.getMessage())
                                    .startsWith(reason + " "));
                });
    }

    /// Reason of the `Ready` of a pool; empty before its first status.
    protected final String poolReason(String name) {
        RolloutPool found = user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        return found.getStatus() == null
                ? ""
                : Conditions.find(found.getStatus().conditions(), ConditionType.Ready)
                        .orElseThrow()
                        .getReason();
    }
}
