package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolSpec;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.objects.Labels;

/// Pools: who holds a shared one, and who owns the number of engines.
class SharedPoolIT extends OperatorCase {
    @Test
    void aSharedPoolServesOneRunAfterTheOther() {
        user.resource(TestRuns.pool("shared", namespace, 2, "{}")).create();
        await().untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("Idle"));
        assertThat(kubelet.names()).isEmpty();

        user.resource(TestRuns.sharing("first", namespace, "shared")).create();
        kubelet.run("first-learner-0-1");
        kubelet.run("shared-engine-0-1");
        kubelet.run("shared-engine-1-1");
        awaitReason("first", "Running");
        user.resource(TestRuns.sharing("second", namespace, "shared")).create();
        awaitReason("second", "PoolInUse");
        assertThat(secret("first", "learner.json")).contains(secret("shared", "token"));

        kubelet.end(
                "first-learner-0-1",
                0,
                "{\"exitCode\":0,\"reason\":\"COMPLETE\",\"retryable\":false,\"step\":20,\"policyVersion\":21}");
        awaitReason("first", "Complete");

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(heldBy("shared")).isEqualTo("second"));
        kubelet.run("second-learner-0-1");
        assertThat(user.events().v1().events().inNamespace(namespace).list().getItems())
                .filteredOn(event -> event.getRegarding().getKind().equals("RolloutPool"))
                .extracting(Event::getReason)
                .containsExactlyInAnyOrder("Idle", "EnginesReady");
    }

    @Test
    void aRunThatIsMadeAgainUnderItsNameGetsNewEngines() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("only", namespace, "shared")).create();
        String first = run("only").getMetadata().getUid();
        await().untilAsserted(() -> assertThat(madeFor("shared-engine-0-1")).isEqualTo(first));
        stopOperator();
        delete("only");
        collect("only");
        user.resource(TestRuns.sharing("only", namespace, "shared")).create();
        startOperator();

        String second = run("only").getMetadata().getUid();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(madeFor("shared-engine-0-1")).isEqualTo(second));
        kubelet.await("only-learner-0-1");
    }

    @Test
    void aPoolThatIsMadeAgainGivesItsNewTokenToTheRun() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("one", namespace, "shared")).create();
        kubelet.run("shared-engine-0-1");
        kubelet.run("one-learner-0-1");
        awaitReason("one", "Running");
        String token = secret("shared", "token");

        user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName("shared")
                .delete();
        awaitReason("one", "PoolNotFound");
        kubelet.remove("shared-engine-0-1");
        user.secrets().inNamespace(namespace).withName("shared").delete();
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();

        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(secret("one", "learner.json"))
                        .contains(secret("shared", "token"))
                        .doesNotContain(token));
    }

    @Test
    void aRunThatCannotBeCarriedOutKeepsThePoolFromNobody() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        GenericKubernetesResource invalid = TestRuns.sharing("invalid", namespace, "shared");
        Map<String, Object> spec = invalid.get("spec");
        spec.put("recipe", Map.of("offPolicy", Map.of("miniBatchesPerStep", 2)));
        spec.put("staleness", Map.of("maxPolicyLag", 1));
        user.resource(invalid).create();
        awaitReason("invalid", "InvalidSpec");

        user.resource(TestRuns.sharing("valid", namespace, "shared")).create();
        kubelet.run("shared-engine-0-1");
        kubelet.run("valid-learner-0-1");
        awaitReason("valid", "Running");
        assertThat(heldBy("shared")).isEqualTo("valid");
    }

    @Test
    void thePoolOfAnotherRunIsNotShared() {
        user.resource(TestRuns.plain("owner", namespace)).create();
        kubelet.await("owner-engine-0-1");
        user.resource(TestRuns.sharing("guest", namespace, "owner")).create();

        awaitReason("guest", "PoolNotShared");
        assertThat(message("guest")).isEqualTo("RolloutPool 'owner' is run owner's own: name a pool that no run owns");
    }

    @Test
    void whatKeepsTheEnginesOfThePoolAwayIsSaidByTheRun() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("user", namespace, "shared")).create();
        kubelet.await("user-learner-0-1");
        kubelet.unmounted("shared-engine-0-1", Instant.now().minusSeconds(60));

        awaitReason("user", "VolumesNotMounted");
        assertThat(message("user")).startsWith("pool shared: ");
        kubelet.run("user-learner-0-1");
        kubelet.run("shared-engine-0-1");
        awaitReason("user", "Running");
    }

    private String madeFor(String pod) {
        String revision =
                String.valueOf(kubelet.await(pod).getMetadata().getAnnotations().get(Labels.REVISION));
        return revision.substring(0, revision.indexOf('/'));
    }

    @Test
    void anAutoscalersValueStays() {
        user.resource(TestRuns.scaling("scaled", namespace)).create();
        kubelet.await("scaled-engine-0-1");

        scale("scaled", 3);
        kubelet.await("scaled-engine-2-1");
        for (int i = 0; i < 20; i++) {
            // The pool hears of every other edit.
            String touch = Integer.toString(i / 2);
            edit("scaled", """
                    {"spec": {"steps": %d, "rollouts": {"template": {"metadata": {"annotations": {"touch": "%s"}}}}}}
                    """.formatted(30 + i, touch));
            RLRun run = run("scaled");
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                assertThat(run("scaled").getStatus().observedGeneration())
                        .isEqualTo(run.getMetadata().getGeneration());
                assertThat(Objects.requireNonNull(pool("scaled").template())
                                .at("/metadata/annotations/touch")
                                .asText())
                        .isEqualTo(touch);
            });
            assertThat(pool("scaled").replicas()).as("edit %d", i).isEqualTo(i < 10 ? 3 : 2);
            if (i == 9) {
                scale("scaled", 2);
            }
        }

        assertThat(user.policy()
                        .v1()
                        .podDisruptionBudget()
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .extracting(budget -> budget.getMetadata().getName())
                .isEqualTo(List.of("scaled-engines"));
    }

    private void scale(String name, int replicas) {
        user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName(name)
                .subresource("scale")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"replicas\":%d}}".formatted(replicas));
    }

    private RolloutPoolSpec pool(String name) {
        return user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName(name)
                .get()
                .getSpec();
    }

    private String secret(String name, String key) {
        String data = user.secrets()
                .inNamespace(namespace)
                .withName(name)
                .get()
                .getData()
                .get(key);
        return new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8);
    }

    private @Nullable String heldBy(String pool) {
        return user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName(pool)
                .get()
                .getStatus()
                .heldBy();
    }
}
