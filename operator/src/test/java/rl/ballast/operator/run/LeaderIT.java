package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.Leadership;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.ControlPlane;
import rl.ballast.operator.cluster.Kubelet;
import rl.ballast.operator.cluster.RunningOperator;

/// Two operators and one lease against a real API server.
class LeaderIT {
    private final ControlPlane cluster = ControlPlane.shared();
    private final KubernetesClient user = cluster.admin();
    private final String namespace = cluster.namespace();
    private final Kubelet kubelet = new Kubelet(user, namespace);

    @Test
    @SuppressWarnings("try") // the second only has to be there
    void oneWorksAndTheOtherTakesOverWithoutTouchingAPod() {
        try (KubernetesClient client = cluster.operatorClient();
                KubernetesClient otherClient = cluster.operatorClient()) {
            RunningOperator first = RunningOperator.standby(client, namespace, "first");
            await().untilAsserted(() -> assertThat(holder()).isEqualTo("first"));
            try (RunningOperator second = RunningOperator.standby(otherClient, namespace, "second")) {
                user.resource(TestRuns.plain("one", namespace)).create();
                String learner = kubelet.run("one-learner-0-1").getMetadata().getUid();
                String engine = kubelet.run("one-engine-0-1").getMetadata().getUid();
                assertThat(holder()).isEqualTo("first");

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
        var lease = user.leases()
                .inNamespace(namespace)
                .withName("ballast-operator")
                .get();
        return lease == null ? "nobody" : String.valueOf(lease.getSpec().getHolderIdentity());
    }
}
