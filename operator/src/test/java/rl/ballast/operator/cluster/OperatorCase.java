package rl.ballast.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Tests with an operator that works in a namespace of their own; the test is the user and plays the kubelet.
public abstract class OperatorCase {
    private static final List<Class<? extends HasMetadata>> OF_A_RUN = List.of(
            LearnerGroup.class,
            RolloutPool.class,
            Pod.class,
            Service.class,
            NetworkPolicy.class,
            PodDisruptionBudget.class);

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

    /// Deletes a run, and nothing of what it has: no garbage collector works here.
    protected final void delete(String name) {
        user.resource(run(name)).delete();
        await().until(() -> run(name) == null);
    }

    /// Removes what a deleted run has left, as the garbage collector would.
    protected final void collect(String name) {
        for (Class<? extends HasMetadata> type : OF_A_RUN) {
            user.resources(type)
                    .inNamespace(namespace)
                    .withLabel(Labels.RUN, name)
                    .withGracePeriod(0)
                    .delete();
        }
        user.secrets().inNamespace(namespace).withName(name).delete();
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

    /// Message of the `Ready` of a run.
    protected final String message(String name) {
        return Conditions.find(run(name).getStatus().conditions(), ConditionType.Ready)
                .orElseThrow()
                .getMessage();
    }

    /// What the operator has asked the API server for.
    protected final AuditLog auditLog() {
        return cluster.auditLog(namespace);
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
