package rl.ballast.operator.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Pod templates that the server refuses: said at once, and nothing that works is given up for them.
class TemplateIT extends OperatorCase {
    /// Asks for more than it allows.
    private static final String BAD = """
            {"spec":{"containers":[{"name":"%s","resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}}]}}""";

    private static final String ROLLOUTS = "{\"spec\":{\"rollouts\":{\"template\":%s}}}";

    @Test
    void aRefusedEngineTemplateGivesUpNoEngine() {
        user.resource(TestRuns.plain("rolled", namespace)).create();
        kubelet.run("rolled-learner-0-1");
        kubelet.run("rolled-engine-0-1");
        awaitReason("rolled", "Running");

        edit("rolled", ROLLOUTS.formatted(BAD.formatted("engine")));
        awaitReason("rolled", "TemplateRefused");
        assertThat(ready("rolled"))
                .contains("spec.rollouts.template: ", "must be less than or equal to cpu limit", "mend the template");
        awaitPool("rolled", "TemplateRefused");
        assertThat(kubelet.names()).containsExactly("rolled-engine-0-1", "rolled-learner-0-1");

        edit("rolled", ROLLOUTS.formatted("null"));
        awaitReason("rolled", "Running");
        assertThat(kubelet.names()).containsExactly("rolled-engine-0-1", "rolled-learner-0-1");

        edit("rolled", ROLLOUTS.formatted("{\"metadata\":{\"annotations\":{\"team\":\"a\"}}}"));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                kubelet.await("rolled-engine-0-1").getMetadata().getAnnotations())
                        .containsEntry("team", "a"));
        kubelet.run("rolled-engine-0-1");
        awaitReason("rolled", "Running");
    }

    /// YAML's null.
    @Test
    void whatIsLeftEmptyInATemplateSaysNothing() {
        user.resource(TestRuns.with("empty", namespace, """
                        learner: {template: {metadata: {labels: null}, spec: null}}
                          rollouts: {template: {spec: {containers: [{name: engine, env: null, volumeMounts: null}]}}}""")).create();
        kubelet.run("empty-learner-0-1");
        Pod engine = kubelet.run("empty-engine-0-1");
        awaitReason("empty", "Running");
        assertThat(engine.getSpec().getContainers().getFirst().getVolumeMounts())
                .isNotEmpty();
    }

    @Test
    void aScaledPoolLosesATemplateThatItWasMadeWith() {
        user.resource(TestRuns.with(
                        "scaled",
                        namespace,
                        "rollouts: {scaling: {min: 1, max: 4, initial: 1}, engine: {computeThreads: 1}, template: %s}"
                                .formatted(BAD.formatted("engine"))))
                .create();
        awaitReason("scaled", "TemplateRefused");
        assertThat(kubelet.names()).containsExactly("scaled-learner-0-1");

        edit("scaled", "{\"spec\":{\"rollouts\":{\"template\":null,\"engine\":{\"computeThreads\":null}}}}");
        kubelet.run("scaled-learner-0-1");
        kubelet.run("scaled-engine-0-1");
        awaitReason("scaled", "Running");
        assertThat(user.resources(RolloutPool.class)
                        .inNamespace(namespace)
                        .withName("scaled")
                        .get()
                        .getSpec()
                        .engine()
                        .computeThreads())
                .isNull();
    }

    @Test
    void aTemplateThatIsRefusedHoldsUpItsOwnRoleOnly() {
        user.resource(TestRuns.plain("half", namespace)).create();
        kubelet.run("half-learner-0-1");
        kubelet.run("half-engine-0-1");
        awaitReason("half", "Running");

        edit("half", "{\"spec\":{\"learner\":{\"template\":%s}}}".formatted(BAD.formatted("learner")));
        awaitReason("half", "TemplateRefused");
        kubelet.end("half-learner-0-1", 1, "");
        kubelet.end("half-engine-0-1", 1, "");
        kubelet.run("half-engine-0-2");
        assertThat(kubelet.names()).doesNotContain("half-learner-0-2");

        edit("half", "{\"spec\":{\"learner\":{\"template\":null}}}");
        kubelet.run("half-learner-0-2");
        awaitReason("half", "Running");
    }

    @Test
    void aRefusedLearnerTemplateMakesNoLearner() {
        user.resource(TestRuns.with("bad", namespace, "learner: {template: %s}".formatted(BAD.formatted("learner"))))
                .create();
        awaitReason("bad", "TemplateRefused");
        assertThat(ready("bad")).contains("spec.learner.template: ");
        kubelet.run("bad-engine-0-1");
        assertThat(kubelet.names()).containsExactly("bad-engine-0-1");

        edit("bad", "{\"spec\":{\"suspend\":true}}");
        awaitReason("bad", "Suspended");
    }

    @Test
    void aLearnerThatNeverStartedIsReplacedWhenItsTemplateIsMended() {
        String nodes = "{\"spec\":{\"learner\":{\"template\":{\"spec\":{\"nodeSelector\":{\"disk\":\"%s\"}}}}}}";
        user.resource(TestRuns.with("nowhere", namespace, "learner: {template: {spec: {nodeSelector: {disk: sdd}}}}"))
                .create();
        kubelet.run("nowhere-engine-0-1");
        kubelet.unschedulable("nowhere-learner-0-1", "0/3 nodes are available: 3 node(s) didn't match");
        awaitReason("nowhere", "Unschedulable");

        edit("nowhere", "{\"spec\":{\"learner\":{\"template\":%s}}}".formatted(BAD.formatted("learner")));
        awaitReason("nowhere", "TemplateRefused");
        assertThat(kubelet.names())
                .as("one that the server would not take replaces nothing")
                .containsExactly("nowhere-engine-0-1", "nowhere-learner-0-1");

        // A list is replaced as a whole; the one that the server refused goes.
        edit(
                "nowhere",
                nodes.replace("{\"nodeSelector", "{\"containers\":[],\"nodeSelector")
                        .formatted("ssd"));
        String started = "nowhere-learner-0-2";
        String uid = kubelet.run(started).getMetadata().getUid();
        assertThat(kubelet.await(started).getSpec().getNodeSelector()).containsEntry("disk", "ssd");
        awaitReason("nowhere", "Running");
        assertThat(run("nowhere").getStatus().restarts()).isZero();

        edit("nowhere", nodes.formatted("nvme"));
        await().untilAsserted(() ->
                assertThat(run("nowhere").getStatus().observedGeneration()).isEqualTo(4));
        replaceOperator();
        edit("nowhere", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() ->
                assertThat(run("nowhere").getStatus().observedGeneration()).isEqualTo(5));
        assertThat(kubelet.await(started).getMetadata().getUid())
                .as("one that runs is left alone")
                .isEqualTo(uid);
        assertThat(kubelet.names()).containsExactly("nowhere-engine-0-1", started);
    }

    @Test
    void whatIsNoTemplateIsSaidToo() {
        user.resource(TestRuns.with("odd", namespace, "learner: {template: {spec: {containers: 3}}}"))
                .create();
        awaitReason("odd", "TemplateRefused");
        assertThat(ready("odd")).contains("no pod template");
    }

    @Test
    void aSharedPoolSaysItOfItsOwnTemplate() {
        user.resource(TestRuns.pool("shared", namespace, 1, BAD.formatted("engine")))
                .create();
        user.resource(TestRuns.sharing("one", namespace, "shared")).create();

        awaitPool("shared", "TemplateRefused");
        kubelet.await("one-learner-0-1");
        assertThat(kubelet.names()).containsExactly("one-learner-0-1");
    }

    private String ready(String name) {
        return Conditions.find(run(name).getStatus().conditions(), ConditionType.Ready)
                .orElseThrow()
                .getMessage();
    }

    private void awaitPool(String name, String reason) {
        await("pool " + name)
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(poolReason(name)).isEqualTo(reason));
    }
}
