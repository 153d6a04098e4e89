package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.AuditLog;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunningOperator;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// The operator's life beside the rights that the chart gives it: each is used, by the API server's audit log,
/// and nothing else is asked for.
class RightsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String COMPLETE = """
        {"exitCode":0,"reason":"COMPLETE","retryable":true,"step":20,"policyVersion":21,"message":"trained"}""";

    /// To ask what one may do, as before an election; by a role that every cluster has.
    private static final String EVERYBODYS = "authorization.k8s.io selfsubjectrulesreviews create";

    private static final String OWNER = "asked for by admission where OwnerReferencesPermissionEnforcement is on";

    /// Rights without a request of their own, and why they are there.
    private static final Map<String, String> WITHOUT_REQUEST = Map.ofEntries(
            Map.entry("ballast.rl rlruns/finalizers update", OWNER),
            Map.entry("ballast.rl rolloutpools/finalizers update", OWNER),
            Map.entry("ballast.rl learnergroups/finalizers update", OWNER));

    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private final Kubelet kubelet = new Kubelet(user, namespace);

    private interface Start {
        RunningOperator of(KubernetesClient client, String namespace, String identity);
    }

    /// With a Role in the namespace that it watches.
    @Test
    void everyRightIsUsedAndNoOtherIsNeededInOneNamespace() {
        lives(
                () -> cluster.namespacedClient(namespace),
                RunningOperator::standby,
                () -> cluster.namespacedAuditLog(namespace));
    }

    /// With a ClusterRole.
    @Test
    void everyRightIsUsedAndNoOtherIsNeededInAllNamespaces() {
        // What other tests have left is not to be taken care of.
        user.resources(RLRun.class).inAnyNamespace().delete();
        lives(cluster::operatorClient, RunningOperator::everywhere, () -> cluster.wholeAuditLog(namespace));
    }

    private void lives(Supplier<KubernetesClient> connection, Start start, Supplier<AuditLog> record) {
        try (KubernetesClient client = connection.get();
                KubernetesClient next = connection.get()) {
            try (RunningOperator operator = start.of(client, namespace, "first")) {
                assertThat(operator).isNotNull();
                aRunWithAllItsObjects();
                aPoolThatRunsShare();
            }
            try (RunningOperator operator = start.of(next, namespace, "second")) {
                assertThat(operator).isNotNull();
                theEndOfTheRuns();
            }
        }

        // Watches are on record when they have ended.
        await().atMost(PATIENCE).untilAsserted(() -> {
            AuditLog log = record.get();
            assertThat(log.refused()).isEmpty();
            assertThat(log.rights())
                    .filteredOn(right -> !right.equals(EVERYBODYS))
                    .isSubsetOf(cluster.operatorRights());
            Set<String> unused = new TreeSet<>(cluster.operatorRights());
            unused.removeAll(log.rights());
            assertThat(unused).isEqualTo(new TreeSet<>(WITHOUT_REQUEST.keySet()));
        });
    }

    /// Two engines, a template, a claim that changes its owner, a suspension, a failure, and an engine that a person
    /// keeps.
    private void aRunWithAllItsObjects() {
        user.resource(TestRuns.with("one", namespace, """
                rollouts: {replicas: 2, template: {spec: {nodeSelector: {disk: fast}}}}
                  storage: {volume: {size: 1Gi}}""")).create();
        kubelet.run("one-engine-0-1");
        kubelet.run("one-engine-1-1");
        kubelet.run("one-learner-0-1");
        awaitReason("one", "Running");

        edit("one", "{\"spec\":{\"steps\":30,\"rollouts\":{\"replicas\":3},\"storage\":{\"retain\":\"Delete\"}}}");
        kubelet.run("one-engine-2-1");
        kubelet.quarantine("one-engine-2-1");
        kubelet.run("one-engine-2-2");
        aPersonChangesWhatIsTheRuns();
        edit("one", "{\"spec\":{\"suspend\":true}}");
        awaitReason("one", "Suspended");
        edit("one", "{\"spec\":{\"suspend\":false}}");
        kubelet.run("one-learner-0-2");
    }

    private void aPersonChangesWhatIsTheRuns() {
        var service = user.services().inNamespace(namespace).withName("one");
        service.patch(MERGE, "{\"spec\":{\"publishNotReadyAddresses\":false}}");
        var budget =
                user.policy().v1().podDisruptionBudget().inNamespace(namespace).withName("one-engines");
        budget.patch(MERGE, "{\"spec\":{\"maxUnavailable\":2}}");
        await("both are as they were").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(service.get().getSpec().getPublishNotReadyAddresses()).isTrue();
            assertThat(budget.get().getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
        });
    }

    private void aPoolThatRunsShare() {
        user.resource(TestRuns.pool("shared", namespace, 2, "{}")).create();
        user.resource(TestRuns.sharing("two", namespace, "shared")).create();
        kubelet.run("two-learner-0-1");
        kubelet.run("shared-engine-0-1");
        kubelet.run("shared-engine-1-1");
        awaitReason("two", "Running");
    }

    private void theEndOfTheRuns() {
        edit("one", "{\"spec\":{\"ttlSecondsAfterFinished\":0}}");
        kubelet.end("one-learner-0-2", 0, COMPLETE.replace("20", "30"));
        await("time to live")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(user.resources(RLRun.class)
                                .inNamespace(namespace)
                                .withName("one")
                                .get())
                        .isNull());
        user.resources(RLRun.class).inNamespace(namespace).withName("two").delete();
        await("the pool is free")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(kubelet.names()).noneMatch(name -> name.startsWith("shared-")));
    }

    private void edit(String name, String patch) {
        user.resources(RLRun.class).inNamespace(namespace).withName(name).patch(MERGE, patch);
    }

    private void awaitReason(String name, String reason) {
        await(name + " " + reason).atMost(PATIENCE).untilAsserted(() -> {
            RLRun run = user.resources(RLRun.class)
                    .inNamespace(namespace)
                    .withName(name)
                    .get();
            assertThat(run.getStatus()).isNotNull();
            assertThat(Conditions.find(run.getStatus().conditions(), ConditionType.Ready))
                    .hasValueSatisfying(ready -> assertThat(ready.getReason()).isEqualTo(reason));
        });
    }
}
