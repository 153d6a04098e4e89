package rl.ballast.operator.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;

/// The secret of a run, which nobody watches: made once, and mended when pods are about to read it.
class TokensIT extends OperatorCase {
    @Test
    void aRunAsksForItsSecretOnce() {
        start("one");

        edit("one", "{\"metadata\":{\"labels\":{\"touch\":\"1\"}}}");
        edit("one", "{\"spec\":{\"ttlSecondsAfterFinished\":1000}}");
        await().untilAsserted(() -> assertThat(run("one").getStatus().observedGeneration())
                .isEqualTo(run("one").getMetadata().getGeneration()));
        assertThat(auditLog().count("secrets")).isEqualTo(1);
    }

    @Test
    void aSecretThatIsGoneComesBackWithTheTokenThatEnginesHave() {
        start("lost");
        Map<String, String> before = secret("lost");

        user.secrets().inNamespace(namespace).withName("lost").delete();
        kubelet.end("lost-engine-0-1", 1, "");
        kubelet.await("lost-engine-0-2");
        assertThat(secret("lost")).isEqualTo(before);
    }

    @Test
    void aSecretThatSomebodyHasChangedIsMended() {
        start("changed");
        Map<String, String> before = secret("changed");

        user.secrets().inNamespace(namespace).withName("changed").edit(secret -> {
            secret.getData().put(GroupRenderer.TOKEN, "b3RoZXI=");
            secret.getData().remove("engine.json");
            return secret;
        });
        kubelet.end("changed-engine-0-1", 1, "");
        kubelet.await("changed-engine-0-2");
        assertThat(secret("changed")).isEqualTo(before);
    }

    @Test
    void theSecretOfASharedPoolComesBackToo() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("user", namespace, "shared")).create();
        kubelet.run("user-learner-0-1");
        kubelet.run("shared-engine-0-1");
        awaitReason("user", "Running");
        Map<String, String> before = secret("shared");

        user.secrets().inNamespace(namespace).withName("shared").delete();
        kubelet.remove("shared-engine-0-1");
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(secret("shared")).isEqualTo(before));
    }

    private void start(String name) {
        user.resource(TestRuns.plain(name, namespace)).create();
        kubelet.run(name + "-learner-0-1");
        kubelet.run(name + "-engine-0-1");
        awaitReason(name, "Running");
    }

    private Map<String, String> secret(String name) {
        return user.secrets().inNamespace(namespace).withName(name).get().getData();
    }
}
