package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.Leadership;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunningOperator;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Two operators and one lease against a real API server.
class LeaderIT {
    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private final Kubelet kubelet = new Kubelet(user, namespace);

    @Test
    @SuppressWarnings("try") // the second only has to be there
    void oneWorksAndTheOtherTakesOverWithoutTouchingAPod() {
        try (KubernetesClient client = cluster.operatorClient("first");
                KubernetesClient otherClient = cluster.operatorClient("second")) {
            RunningOperator first = RunningOperator.standby(client, namespace, "first");
            await().untilAsserted(() -> assertThat(holder()).isEqualTo("first"));
            try (RunningOperator second = RunningOperator.standby(otherClient, namespace, "second")) {
                user.resource(TestRuns.plain("one", namespace)).create();
                String learner = kubelet.run("one-learner-0-1").getMetadata().getUid();
                String engine = kubelet.run("one-engine-0-1").getMetadata().getUid();
                await().untilAsserted(() -> assertThat(ready("one")).isEqualTo("Running"));
                assertThat(holder()).isEqualTo("first");
                assertThat(writes("first")).contains("pods create", "ballast.rl rlruns/status patch");
                assertThat(writes("second")).as("the other only looks").isEmpty();

                first.close();
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(holder()).isEqualTo("second"));
                user.resource(TestRuns.plain("two", namespace)).create();
                kubelet.run("two-learner-0-1");
                assertThat(kubelet.names())
                        .filteredOn(name -> name.startsWith("one-"))
                        .containsExactlyInAnyOrder("one-learner-0-1", "one-engine-0-1");
                assertThat(user.pods().inNamespace(namespace).list().getItems())
                        .extracting(pod -> pod.getMetadata().getUid())
                        .contains(learner, engine);
            }
        }
    }

    /// It can neither work nor say so any more.
    @Test
    void oneThatDiesIsSucceededWhenItsLeaseHasRunOut() {
        Leadership brief = new Leadership(Duration.ofSeconds(4), Duration.ofSeconds(3), Duration.ofMillis(200));
        KubernetesClient client = cluster.operatorClient("first");
        RunningOperator first = RunningOperator.standby(client, namespace, "first", brief);
        await().untilAsserted(() -> assertThat(holder()).isEqualTo("first"));
        try (KubernetesClient otherClient = cluster.operatorClient("second");
                RunningOperator second = RunningOperator.standby(otherClient, namespace, "second", brief)) {
            assertThat(second).isNotNull();
            user.resource(TestRuns.plain("one", namespace)).create();
            String learner = kubelet.run("one-learner-0-1").getMetadata().getUid();
            String engine = kubelet.run("one-engine-0-1").getMetadata().getUid();
            await().untilAsserted(() -> assertThat(ready("one")).isEqualTo("Running"));

            client.close();
            ZonedDateTime renewed = lease().getSpec().getRenewTime();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(holder()).isEqualTo("second"));
            assertThat(lease().getSpec().getAcquireTime())
                    .as("nobody has given it back")
                    .isAfter(renewed.plusSeconds(3));

            kubelet.end("one-engine-0-1", 137, "");
            kubelet.run("one-engine-0-2");
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(ready("one")).isEqualTo("Running"));
            assertThat(kubelet.await("one-learner-0-1").getMetadata().getUid()).isEqualTo(learner);
            assertThat(kubelet.await("one-engine-0-2").getMetadata().getUid()).isNotEqualTo(engine);
        } finally {
            first.close();
        }
    }

    @Test
    void whoLosesTheLeaseExitsAndLeavesItAlone() throws Exception {
        user.resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withName(Leadership.LEASE)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withHolderIdentity("one")
                        .withLeaseDurationSeconds(30)
                        .endSpec()
                        .build())
                .create();
        var exits = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var configuration = Leadership.DEFAULT.configuration(user, namespace, "one", () -> false, () -> {
            exits.countDown();
            awaitQuietly(goOn);
        });

        // An exit may wait for whoever calls it: this must come back all the same.
        configuration.getLeaderCallbacks().orElseThrow().onStopLeading();

        exits.await();
        goOn.countDown();
        assertThat(holder()).isEqualTo("one");
        assertThat(configuration.isExitOnStopLeading()).isFalse();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String holder() {
        Lease lease = lease();
        return lease == null ? "nobody" : String.valueOf(lease.getSpec().getHolderIdentity());
    }

    private Lease lease() {
        return user.leases().inNamespace(namespace).withName("ballast-operator").get();
    }

    private String ready(String name) {
        var status = user.resources(RLRun.class)
                .inNamespace(namespace)
                .withName(name)
                .get()
                .getStatus();
        return status == null
                ? ""
                : Conditions.find(status.conditions(), ConditionType.Ready)
                        .orElseThrow()
                        .getReason();
    }

    /// What an instance has written, but for the lease.
    private Set<String> writes(String instance) {
        return cluster.auditLog(namespace).of(instance).rights().stream()
                .filter(right -> !right.contains(" leases "))
                .filter(right -> !right.matches(".* (get|list|watch)"))
                .collect(Collectors.toSet());
    }
}
