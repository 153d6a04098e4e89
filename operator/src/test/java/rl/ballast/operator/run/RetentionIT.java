package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;

/// What becomes of a store when its run or pool is deleted: the owner references of the claim, from which the
/// garbage collector takes it.
class RetentionIT extends OperatorCase {
    @Test
    void aStoreToBeDeletedIsOwnedByItsRun() {
        user.resource(TestRuns.with("temporary", namespace, "storage: {volume: {size: 1Gi}, retain: Delete}"))
                .create();

        awaitOwner("temporary", run("temporary").getMetadata().getUid());
        assertThat(owners("temporary-store")).singleElement().satisfies(owner -> {
            assertThat(owner.getKind()).isEqualTo("RLRun");
            assertThat(owner.getName()).isEqualTo("temporary");
            assertThat(owner.getController()).isTrue();
        });
    }

    @Test
    void aStoreToBeRetainedIsOwnedByNobodyAndSaysWhoMadeIt() {
        user.resource(TestRuns.with("lasting", namespace, "storage: {volume: {size: 1Gi}}"))
                .create();
        kubelet.await("lasting-learner-0-1");

        assertThat(owners("lasting-store")).isEmpty();
        assertThat(claim("lasting-store").getMetadata().getAnnotations())
                .containsEntry("ballast.rl/made-for", "lasting");
    }

    @Test
    void aStoreThatIsNotRetainedAnyMoreGetsAnOwnerInMidRun() {
        user.resource(TestRuns.with("changing", namespace, "storage: {volume: {size: 1Gi}}"))
                .create();
        String learner = kubelet.run("changing-learner-0-1").getMetadata().getUid();
        kubelet.run("changing-engine-0-1");
        awaitReason("changing", "Running");
        String uid = claim("changing-store").getMetadata().getUid();

        edit("changing", "{\"spec\":{\"storage\":{\"retain\":\"Delete\"}}}");
        awaitOwner("changing", run("changing").getMetadata().getUid());
        assertThat(claim("changing-store").getMetadata().getUid())
                .as("the claim is the same")
                .isEqualTo(uid);
        assertThat(kubelet.await("changing-learner-0-1").getMetadata().getUid()).isEqualTo(learner);

        edit("changing", "{\"spec\":{\"storage\":{\"retain\":\"Retain\"}}}");
        await("the store is nobody's again")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(owners("changing-store")).isEmpty());
    }

    @Test
    void aStoreThatAnEarlierRunWasToKeepIsNotDeletedWithTheNext() {
        user.resource(TestRuns.with("left", namespace, "storage: {volume: {size: 1Gi}}"))
                .create();
        kubelet.await("left-learner-0-1");
        delete("left");
        collect("left");

        user.resource(TestRuns.with("left", namespace, "storage: {volume: {size: 1Gi}, retain: Delete}"))
                .create();
        awaitReason("left", "ObjectRefused");
        assertThat(message("left")).contains("PersistentVolumeClaim 'left-store'", "storage.adopt");
        assertThat(owners("left-store")).isEmpty();
        assertThat(kubelet.names()).isEmpty();

        edit("left", "{\"spec\":{\"storage\":{\"retain\":\"Retain\"}}}");
        kubelet.await("left-learner-0-1");
        assertThat(owners("left-store")).isEmpty();
    }

    @Test
    void aStoreThatIsTakenOverIsTheNewRunsToDelete() {
        user.resource(TestRuns.with("heir", namespace, "storage: {volume: {size: 1Gi}}"))
                .create();
        kubelet.await("heir-learner-0-1");
        delete("heir");
        collect("heir");

        user.resource(TestRuns.with("heir", namespace, "storage: {volume: {size: 1Gi}, retain: Delete, adopt: true}"))
                .create();
        awaitOwner("heir", run("heir").getMetadata().getUid());
    }

    @Test
    void aPoolsStoreFollowsThePoolsRetention() {
        var pool = TestRuns.pool("shared", namespace, 1, "{}");
        pool.setAdditionalProperty(
                "spec", Map.of("storage", Map.of("volume", Map.of("size", "1Gi"), "retain", "Delete")));
        user.resource(pool).create();

        String uid = user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName("shared")
                .get()
                .getMetadata()
                .getUid();
        awaitOwner("shared", uid);

        user.resources(RolloutPool.class)
                .inNamespace(namespace)
                .withName("shared")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"storage\":{\"retain\":\"Retain\"}}}");
        await("the pool's store is nobody's")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(owners("shared-store")).isEmpty());
    }

    private void awaitOwner(String name, String uid) {
        await("owner of " + name + "-store")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(owners(name + "-store"))
                        .extracting(OwnerReference::getUid)
                        .containsExactly(uid));
    }

    private List<OwnerReference> owners(String name) {
        PersistentVolumeClaim claim = claim(name);
        assertThat(claim).as(name).isNotNull();
        return claim.getMetadata().getOwnerReferences();
    }

    private PersistentVolumeClaim claim(String name) {
        return user.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(name)
                .get();
    }
}
