package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.cluster.RunHistory;
import rl.ballast.operator.status.ConditionType;

/// Runs that cannot be carried out keep a shared pool from nobody, and do not pass it to and fro.
class PoolTurnsIT extends OperatorCase {
    /// Asks for more than it allows.
    private static final Map<String, Object> BAD = Map.of("spec", Map.of("containers", new Object[] {
        Map.of("name", "learner", "resources", Map.of("requests", Map.of("cpu", "2"), "limits", Map.of("cpu", "1")))
    }));

    @Test
    void runsWhoseTemplateIsRefusedLetOthersPass() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        refused("bad");
        awaitReason("bad", "TemplateRefused");
        refused("worse");
        awaitReason("worse", "TemplateRefused");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(poolReason("shared")).isEqualTo("Idle"));
        try (RunHistory bad = new RunHistory(user, namespace, "bad")) {
            start("good");
            assertThat(bad.changes(ConditionType.Ready)).allMatch("False TemplateRefused"::equals);
        }

        edit("bad", "{\"spec\":{\"learner\":{\"template\":null}}}");
        awaitReason("bad", "PoolInUse");
        user.resource(run("good")).delete();
        kubelet.run("bad-learner-0-1");
        kubelet.run("shared-engine-0-1");
        awaitReason("bad", "Running");
    }

    @Test
    void aTemplateThatIsSpoiltLaterTakesThePoolFromNobody() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        start("first");
        user.resource(TestRuns.sharing("second", namespace, "shared")).create();
        awaitReason("second", "PoolInUse");

        edit(
                "first",
                "{\"spec\":{\"learner\":{\"template\":%s}}}"
                        .formatted(user.getKubernetesSerialization().asJson(BAD)));
        awaitReason("first", "TemplateRefused");
        edit("second", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() ->
                assertThat(run("second").getStatus().observedGeneration()).isEqualTo(2));
        assertThat(heldBy("shared")).isEqualTo("first");
        assertThat(kubelet.names()).containsExactly("first-learner-0-1", "shared-engine-0-1");
    }

    @Test
    void aRunWhoseNameIsTakenLetsOthersPass() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("taken")
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
        user.resource(TestRuns.sharing("taken", namespace, "shared")).create();
        awaitReason("taken", "NameTaken");
        start("good");
        assertThat(heldBy("shared")).isEqualTo("good");
    }

    private void refused(String name) {
        var run = TestRuns.sharing(name, namespace, "shared");
        Map<String, Object> spec = run.get("spec");
        spec.put("learner", Map.of("template", BAD));
        user.resource(run).create();
    }

    private void start(String name) {
        user.resource(TestRuns.sharing(name, namespace, "shared")).create();
        kubelet.run(name + "-learner-0-1");
        kubelet.run("shared-engine-0-1");
        awaitReason(name, "Running");
    }

    private String heldBy(String pool) {
        return String.valueOf(user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName(pool)
                .get()
                .getStatus()
                .heldBy());
    }
}
