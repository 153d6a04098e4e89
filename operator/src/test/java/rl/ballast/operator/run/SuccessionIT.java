package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.cluster.RunHistory;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.status.ConditionType;

/// What a run finds under its name: objects of an earlier run, of a pool, of a person. None of it is taken for its own.
class SuccessionIT extends OperatorCase {
    private static final String DONE =
            "{\"exitCode\":0,\"reason\":\"COMPLETE\",\"retryable\":false,\"step\":20,\"policyVersion\":21}";

    @Test
    void aRunThatIsMadeAgainDoesNotTakeOverWhatTheFirstHasDone() {
        String first = start("again");
        stopOperator();
        kubelet.end("again-learner-0-1", 0, DONE);
        delete("again");
        user.resource(TestRuns.plain("again", namespace)).create();
        startOperator();

        awaitReason("again", "WaitingForRemoval");
        assertThat(message("again")).contains("LearnerGroup 'again'", "RolloutPool 'again'");
        assertThat(uid("again-learner-0-1")).isEqualTo(first);

        collect("again");
        await("a learner of its own")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(uid("again-learner-0-1")).isNotEqualTo(first));
        kubelet.run("again-learner-0-1");
        kubelet.run("again-engine-0-1");
        awaitReason("again", "Running");
        assertThat(run("again").getStatus().restarts()).isZero();
    }

    @Test
    void aSecretThatIsCollectedLastIsWaitedFor() {
        start("slow");
        stopOperator();
        delete("slow");
        Secret secret = user.secrets().inNamespace(namespace).withName("slow").get();
        collect("slow");
        secret.getMetadata().setResourceVersion(null);
        user.resource(secret).create();
        user.resource(TestRuns.plain("slow", namespace)).create();
        try (RunHistory history = new RunHistory(user, namespace, "slow")) {
            startOperator();
            awaitReason("slow", "WaitingForRemoval");
            assertThat(message("slow")).contains("Secret 'slow'");
            assertThat(kubelet.names()).isEmpty();

            user.secrets().inNamespace(namespace).withName("slow").delete();
            kubelet.run("slow-learner-0-1");
            kubelet.run("slow-engine-0-1");
            awaitReason("slow", "Running");
            assertThat(history.changes(ConditionType.Stalled)).noneMatch(change -> change.startsWith("True"));
        }
    }

    @Test
    void aPersonsSecretOfThatNameHasTakenIt() {
        user.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("taken")
                        .withNamespace(namespace)
                        .endMetadata()
                        .addToData("password", "c2VjcmV0")
                        .build())
                .create();
        user.resource(TestRuns.plain("taken", namespace)).create();
        awaitReason("taken", "NameTaken");
        assertThat(message("taken")).contains("Secret 'taken'");
        assertThat(user.secrets().inNamespace(namespace).withName("taken").get().getData())
                .containsOnlyKeys("password");
    }

    /// The garbage collector deletes the pods of a group that is deleted so, then the group: the test plays it.
    @Test
    void aGroupThatIsBeingDeletedGetsNoNewPods() {
        String first = start("dying");
        LearnerGroup group = group("dying");
        user.resource(group)
                .withPropagationPolicy(DeletionPropagation.FOREGROUND)
                .delete();
        awaitReason("dying", "WaitingForRemoval");
        assertThat(message("dying")).contains("LearnerGroup 'dying'");
        kubelet.remove("dying-learner-0-1");
        edit("dying", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() ->
                assertThat(run("dying").getStatus().observedGeneration()).isEqualTo(2));
        assertThat(kubelet.names()).containsExactly("dying-engine-0-1");

        user.resources(LearnerGroup.class)
                .inNamespace(namespace)
                .withName("dying")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
        kubelet.run("dying-learner-0-1");
        awaitReason("dying", "Running");
        assertThat(uid("dying-learner-0-1")).isNotEqualTo(first);
        assertThat(group("dying").getMetadata().getUid())
                .isNotEqualTo(group.getMetadata().getUid());
        assertThat(Owners.controls(group("dying"), kubelet.await("dying-learner-0-1")))
                .isTrue();
    }

    @Test
    void howALearnerOfTheFirstEndedSaysNothingOfTheSecond() {
        start("left");
        stopOperator();
        kubelet.end(
                "left-learner-0-1",
                78,
                "{\"exitCode\":78,\"reason\":\"CONFIGURATION\",\"retryable\":false,\"step\":20,\"policyVersion\":21}");
        // A finalizer keeps the pod, as a lost node would.
        user.pods()
                .inNamespace(namespace)
                .withName("left-learner-0-1")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":[\"ballast.rl/test\"]}}");
        delete("left");
        collect("left");
        user.resource(TestRuns.plain("left", namespace)).create();
        startOperator();

        kubelet.run("left-learner-0-2");
        kubelet.run("left-engine-0-1");
        awaitReason("left", "Running");
        assertThat(run("left").getStatus().step()).isNull();
        assertThat(kubelet.names()).contains("left-learner-0-1");
    }

    @Test
    void aPoolOfThatNameStaysWithTheRunThatHasIt() {
        user.resource(TestRuns.pool("shared", namespace, 1, "{}")).create();
        user.resource(TestRuns.sharing("holder", namespace, "shared")).create();
        kubelet.run("shared-engine-0-1");
        String learner = kubelet.run("holder-learner-0-1").getMetadata().getUid();
        awaitReason("holder", "Running");

        user.resource(TestRuns.plain("shared", namespace)).create();
        awaitReason("shared", "NameTaken");
        assertThat(message("shared")).contains("RolloutPool 'shared'");
        edit("holder", "{\"spec\":{\"steps\":30}}");
        await().untilAsserted(() ->
                assertThat(run("holder").getStatus().observedGeneration()).isEqualTo(2));
        awaitReason("holder", "Running");
        assertThat(pool("shared").getStatus().heldBy()).isEqualTo("holder");
        assertThat(uid("holder-learner-0-1")).isEqualTo(learner);
        assertThat(kubelet.names()).containsExactly("holder-learner-0-1", "shared-engine-0-1");
    }

    @Test
    void aPersonsPodWithTheRunsLabelIsNobodysAffair() {
        start("looked-at");
        user.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("debug")
                        .withNamespace(namespace)
                        .addToLabels(Labels.RUN, "looked-at")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("shell")
                        .withImage("image")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        kubelet.end("looked-at-engine-0-1", 1, "");
        kubelet.run("looked-at-engine-0-2");

        edit("looked-at", "{\"spec\":{\"suspend\":true}}");
        awaitReason("looked-at", "Suspended");
        await().untilAsserted(() -> assertThat(kubelet.names()).containsExactly("debug"));
    }

    @Test
    void theNumberOfEnginesStaysWhenAnAutoscalerIsToHaveIt() {
        user.resource(TestRuns.with("counted", namespace, "rollouts: {replicas: 3}"))
                .create();
        kubelet.await("counted-engine-2-1");

        edit(
                "counted",
                "{\"spec\":{\"rollouts\":{\"replicas\":null,\"scaling\":{\"min\":1,\"max\":4,\"initial\":1}}}}");
        edit("counted", "{\"spec\":{\"suspend\":true}}");
        await().untilAsserted(
                        () -> assertThat(pool("counted").getSpec().suspend()).isTrue());
        assertThat(pool("counted").getSpec().replicas()).isEqualTo(3);

        user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName("counted")
                .subresource("scale")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"replicas\":2}}");
        edit("counted", "{\"spec\":{\"suspend\":false}}");
        await().untilAsserted(
                        () -> assertThat(pool("counted").getSpec().suspend()).isFalse());
        assertThat(pool("counted").getSpec().replicas()).isEqualTo(2);
    }

    /// @return UID of the learner's pod
    private String start(String name) {
        user.resource(TestRuns.plain(name, namespace)).create();
        String learner = kubelet.run(name + "-learner-0-1").getMetadata().getUid();
        kubelet.run(name + "-engine-0-1");
        awaitReason(name, "Running");
        return learner;
    }

    private LearnerGroup group(String name) {
        return user.resources(LearnerGroup.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private RolloutPool pool(String name) {
        return user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private String uid(String pod) {
        return kubelet.await(pod).getMetadata().getUid();
    }
}
