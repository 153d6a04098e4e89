package rl.ballast.operator.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.cluster.Refusal;

/// What the server refuses by a quota or a rule of its own: said in the status, and tried again.
class ObjectRefusedIT extends OperatorCase {
    @Test
    void aServiceThatAQuotaForbidsIsSaidAndNoPodIsMade() {
        quota("count/services");
        user.resource(TestRuns.plain("held", namespace)).create();
        awaitReason("held", "ObjectRefused");
        assertThat(message("held")).contains("Service 'held' cannot be made: ", "quota");
        assertThat(kubelet.names()).isEmpty();

        lift("held");
        kubelet.run("held-learner-0-1");
        kubelet.run("held-engine-0-1");
        awaitReason("held", "Running");
    }

    @Test
    void podsThatAQuotaForbidsCostNoAttempt() {
        quota("pods");
        user.resource(TestRuns.plain("full", namespace)).create();
        awaitReason("full", "PodRefused");
        await().untilAsserted(() -> assertThat(poolReason("full")).isEqualTo("PodRefused"));
        for (int steps = 30; steps < 35; steps++) {
            edit("full", "{\"spec\":{\"steps\":%d}}".formatted(steps));
            await().untilAsserted(() -> assertThat(run("full").getStatus().observedGeneration())
                    .isEqualTo(run("full").getMetadata().getGeneration()));
        }
        assertThat(message("full")).contains("quota");
        await().untilAsserted(
                        () -> assertThat(group("full").getStatus().attempt()).isZero());

        lift("full");
        kubelet.run("full-learner-0-1");
        kubelet.run("full-engine-0-1");
        awaitReason("full", "Running");
    }

    @Test
    void podsThatAreRefusedAreNotAskedForAtEveryLook() {
        quota("pods");
        user.resource(TestRuns.with("many", namespace, "rollouts: {replicas: 20}"))
                .create();
        awaitReason("many", "PodRefused");
        for (int look = 0; look < 5; look++) {
            user.services().inNamespace(namespace).withName("many").delete();
            await("a look at the run")
                    .until(() -> user.services()
                                    .inNamespace(namespace)
                                    .withName("many")
                                    .get()
                            != null);
        }

        assertThat(auditLog().refused("pods", "create")).isEqualTo(1);
    }

    @Test
    void aVolumeOfAPoolThatCannotGrowStopsNoHandOver() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        await().untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("Idle"));
        user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName("shared")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"storage\":{\"volume\":{\"size\":\"2Gi\"}}}}");
        await().untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("ObjectRefused"));

        user.resource(TestRuns.sharing("one", namespace, "shared")).create();
        kubelet.run("shared-engine-0-1");
        kubelet.run("one-learner-0-1");
        awaitReason("one", "Running");
    }

    @Test
    void aPoolSaysThatItsNameIsTaken() {
        user.resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withName("shared")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addToSelector("app", "another")
                        .addNewPort()
                        .withPort(80)
                        .endPort()
                        .endSpec()
                        .build())
                .create();
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("NameTaken"));
    }

    @Test
    void aVolumeThatCannotGrowStopsNothing() {
        user.resource(TestRuns.with("grown", namespace, "storage: {volume: {size: 1Gi}}"))
                .create();
        kubelet.run("grown-learner-0-1");
        kubelet.run("grown-engine-0-1");
        awaitReason("grown", "Running");

        edit("grown", "{\"spec\":{\"storage\":{\"volume\":{\"size\":\"2Gi\"}}}}");
        awaitReason("grown", "ObjectRefused");
        assertThat(message("grown")).contains("PersistentVolumeClaim 'grown-store' cannot be changed: ");
        kubelet.end("grown-engine-0-1", 1, "");
        kubelet.await("grown-engine-0-2");
        assertThat(kubelet.names()).contains("grown-learner-0-1");
    }

    @Test
    void aPoolOfItsOwnSaysItToo() {
        quota("count/services");
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("ObjectRefused"));
    }

    @Test
    void aPoolThatLacksAnObjectHasNoHolder() {
        quota("count/poddisruptionbudgets.policy");
        user.resource(TestRuns.pool("shared", namespace, 2, "{}")).create();
        user.resource(TestRuns.sharing("one", namespace, "shared")).create();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("ObjectRefused"));
        awaitReason("one", "WaitingForPool");
        assertThat(kubelet.names()).isEmpty();

        user.resourceQuotas().inNamespace(namespace).withName("none").delete();
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    user.resources(RolloutPool.class)
                            .inNamespace(namespace)
                            .withName("shared")
                            .edit(pool -> {
                                pool.getMetadata()
                                        .setAnnotations(Map.of(
                                                "touched", UUID.randomUUID().toString()));
                                return pool;
                            });
                    edit(
                            "one",
                            "{\"spec\":{\"steps\":%d}}"
                                    .formatted(run("one").getSpec().steps() + 1));
                    assertThat(kubelet.names()).contains("shared-engine-1-1", "one-learner-0-1");
                });
    }

    @Test
    void aPoolThatLosesAnObjectKeepsItsHolder() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("one", namespace, "shared")).create();
        kubelet.run("shared-engine-0-1");
        kubelet.run("one-learner-0-1");
        awaitReason("one", "Running");

        quota("count/services");
        user.services().inNamespace(namespace).withName("shared").delete();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("ObjectRefused"));
        edit("one", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() ->
                assertThat(run("one").getStatus().observedGeneration()).isEqualTo(2));
        awaitReason("one", "Running");
        assertThat(kubelet.names()).containsExactly("one-learner-0-1", "shared-engine-0-1");
    }

    @Test
    void aChildThatCannotBeChangedLeavesTheRunGoing() {
        user.resource(TestRuns.plain("kept", namespace)).create();
        kubelet.run("kept-learner-0-1");
        kubelet.run("kept-engine-0-1");
        awaitReason("kept", "Running");
        try (var policy = Refusal.ofUpdates(user, group("kept"))) {
            edit("kept", "{\"spec\":{\"learner\":{\"template\":{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}}}}");
            awaitReason("kept", "ObjectRefused");
            assertThat(message("kept")).contains("LearnerGroup 'kept' cannot be changed: ", policy.message());
            kubelet.end("kept-engine-0-1", 1, "");
            kubelet.run("kept-engine-0-2");

            edit("kept", "{\"spec\":{\"suspend\":true}}");
            awaitReason("kept", "Suspended");
            await().until(() -> kubelet.names().isEmpty());
        }
    }

    /// The test plays the controller that counts, too.
    private void quota(String resource) {
        ResourceQuota quota = user.resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("none")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addToHard(resource, new Quantity("0"))
                        .endSpec()
                        .build())
                .create();
        user.resource(new ResourceQuotaBuilder(quota)
                        .withNewStatus()
                        .addToHard(resource, new Quantity("0"))
                        .addToUsed(resource, new Quantity("0"))
                        .endStatus()
                        .build())
                .updateStatus();
    }

    /// The operator asks again by itself after half a minute; a change makes it do so now.
    private void lift(String run) {
        user.resourceQuotas().inNamespace(namespace).withName("none").delete();
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    edit(
                            run,
                            "{\"spec\":{\"steps\":%d}}"
                                    .formatted(run(run).getSpec().steps() + 1));
                    assertThat(kubelet.names()).isNotEmpty();
                });
    }

    private LearnerGroup group(String name) {
        return user.resources(LearnerGroup.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }
}
