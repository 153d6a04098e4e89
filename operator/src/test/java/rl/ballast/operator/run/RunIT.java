package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// The life of a run against a real API server; the test plays the kubelet.
class RunIT extends OperatorCase {
    private static final String WORD =
            "{\"exitCode\":%d,\"reason\":\"%s\",\"retryable\":%s,\"step\":%d,\"policyVersion\":%d,\"message\":\"%s\"}";

    @Test
    void aRunGetsItsObjectsRunsAndCompletes() {
        create("one");

        kubelet.run("one-learner-0-1");
        kubelet.run("one-engine-0-1");
        awaitReason("one", "Running");

        assertThat(user.services()
                        .inNamespace(namespace)
                        .withName("one")
                        .get()
                        .getSpec()
                        .getClusterIP())
                .isEqualTo("None");
        assertThat(user.secrets().inNamespace(namespace).withName("one").get().getData())
                .containsKeys("fetch.json", "learner.json", "engine.json", "token");
        assertThat(user.persistentVolumeClaims()
                        .inNamespace(namespace)
                        .withName("one-store")
                        .get()
                        .getMetadata()
                        .getOwnerReferences())
                .isEmpty();

        String progress = """
                {"phase":"done","step":20,"steps":20,"epoch":1,"evaluation":0.75,
                 "stability":{"stable":false,"reason":"MismatchRising","message":"mismatch KL 0.004 nats"}}""";
        kubelet.end(
                "one-learner-0-1",
                0,
                WORD.formatted(0, "COMPLETE", true, 20, 21, "trained 20 steps")
                        .replaceFirst("}$", ",\"progress\":%s}".formatted(progress)));
        awaitReason("one", "Complete");

        RLRun run = run("one");
        assertThat(run.getStatus().step()).isEqualTo(20);
        assertThat(run.getStatus().policyVersion()).isEqualTo(21);
        assertThat(run.getStatus().evaluationScore())
                .as("measured after the last look at the learner")
                .isEqualTo(0.75);
        assertThat(run.getStatus().completionTime()).isNotNull();
        assertThat(Conditions.isTrue(run.getStatus().conditions(), ConditionType.Complete))
                .isTrue();
        assertThat(Conditions.find(run.getStatus().conditions(), ConditionType.PolicyStable))
                .hasValueSatisfying(stable -> assertThat(stable.getStatus() + " " + stable.getReason())
                        .isEqualTo("False MismatchRising"));
        await().untilAsserted(() -> assertThat(events()).contains("Running", "MismatchRising", "Complete"));
        await().untilAsserted(() -> assertThat(alive()).containsExactly("one-learner-0-1"));
    }

    @Test
    void aLearnerThatFailsStartsAgainAndOneThatCannotFailsTheRun() {
        create("two");
        kubelet.run("two-learner-0-1");
        kubelet.end("two-learner-0-1", 75, WORD.formatted(75, "UNAVAILABLE", true, 3, 4, "no engine answered"));

        kubelet.run("two-learner-0-2");
        await().untilAsserted(() -> {
            LearnerGroup group = user.resources(LearnerGroup.class)
                    .inNamespace(namespace)
                    .withName("two")
                    .get();
            assertThat(group.getStatus().attempt()).isEqualTo(2);
            assertThat(group.getStatus().failures()).hasSize(1);
        });

        kubelet.end("two-learner-0-2", 78, WORD.formatted(78, "CONFIGURATION", false, 0, 4, "sampling is impossible"));
        awaitReason("two", "ConfigurationError");
        assertThat(Conditions.find(run("two").getStatus().conditions(), ConditionType.Failed))
                .hasValueSatisfying(failed -> {
                    assertThat(failed.getStatus()).isEqualTo("True");
                    assertThat(failed.getMessage()).contains("sampling is impossible");
                });
        // An event follows its status.
        await().untilAsserted(() -> assertThat(events()).contains("Restarting", "ConfigurationError"));
    }

    @Test
    void aPodStuckInTerminatingBlocksNothing() {
        create("three");
        kubelet.run("three-learner-0-1");
        kubelet.run("three-engine-0-1");
        for (String name : new String[] {"three-learner-0-1", "three-engine-0-1"}) {
            hold(name);
            user.pods().inNamespace(namespace).withName(name).delete();
        }

        kubelet.run("three-learner-0-2");
        kubelet.run("three-engine-0-2");
        awaitReason("three", "Running");

        assertThat(kubelet.names()).contains("three-learner-0-1", "three-engine-0-1");
    }

    @Test
    void suspendFreesThePodsAndResumeGoesOn() {
        create("four");
        kubelet.run("four-learner-0-1");
        kubelet.run("four-engine-0-1");
        awaitReason("four", "Running");

        edit("four", "{\"spec\":{\"suspend\":true}}");
        await().untilAsserted(() -> assertThat(alive()).isEmpty());
        awaitReason("four", "Suspended");
        assertThat(user.persistentVolumeClaims()
                        .inNamespace(namespace)
                        .withName("four-store")
                        .get())
                .isNotNull();

        edit("four", "{\"spec\":{\"suspend\":false}}");
        kubelet.run("four-learner-0-2");
        kubelet.run("four-engine-0-1");
        awaitReason("four", "Running");
        assertThat(run("four").getStatus().restarts()).isZero();
    }

    @Test
    void aNewOperatorRestartsNoHealthyPod() {
        create("five");
        String learner = kubelet.run("five-learner-0-1").getMetadata().getUid();
        String engine = kubelet.run("five-engine-0-1").getMetadata().getUid();
        awaitReason("five", "Running");

        replaceOperator();
        edit("five", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() -> assertThat(run("five").getStatus().observedGeneration())
                .isEqualTo(run("five").getMetadata().getGeneration()));

        assertThat(user.pods().inNamespace(namespace).list().getItems())
                .extracting(pod -> pod.getMetadata().getUid())
                .containsExactlyInAnyOrder(learner, engine);
    }

    private void create(String name) {
        user.resource(TestRuns.plain(name, namespace)).create();
    }

    /// A finalizer keeps a pod in Terminating, as a lost node would.
    private void hold(String pod) {
        user.pods()
                .inNamespace(namespace)
                .withName(pod)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":[\"ballast.rl/test\"]}}");
    }

    private java.util.List<String> events() {
        return user.events().v1().events().inNamespace(namespace).list().getItems().stream()
                .map(io.fabric8.kubernetes.api.model.events.v1.Event::getReason)
                .toList();
    }

    private java.util.List<String> alive() {
        return user.pods().inNamespace(namespace).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .map(pod -> pod.getMetadata().getName())
                .toList();
    }
}
