package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;

/// Volumes that are too small, and what a person can do about them, against a real API server.
class SmallVolumeIT extends OperatorCase {
    private static final String REFUSED =
            "{\"exitCode\":73,\"reason\":\"STORE_REFUSED\",\"retryable\":false,\"step\":0,\"message\":\"the run needs more\"}";

    @Test
    void aRunThatDoesNotFitWaitsUntilItsVolumeIsLargerAndStarts() {
        user.resource(TestRuns.with("tight", namespace, "storage: {volume: {size: 100Mi}}"))
                .create();
        awaitReason("tight", "StoreTooSmall");
        assertThat(message("tight")).contains("3 checkpoints of 16.0 MiB", "its volume holds 100.0 MiB");
        assertThat(kubelet.names()).isEmpty();
        assertThat(size("tight-store")).as("no claim that could not grow").isEmpty();
        assertThat(user.resources(LearnerGroup.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .isEmpty();

        edit("tight", "{\"spec\":{\"storage\":{\"volume\":{\"size\":\"2Gi\"}}}}");
        kubelet.run("tight-learner-0-1");
        kubelet.run("tight-engine-0-1");
        awaitReason("tight", "Running");
        assertThat(size("tight-store")).isEqualTo("2Gi");
    }

    /// What the message of such a run says to do.
    @Test
    void aRunThatItsLearnerRefusedIsMadeAgainWithALargerVolumeAndWhatItLeft() {
        String volume = "size: %s, storageClassName: " + growing();
        user.resource(TestRuns.with("refused", namespace, "storage: {volume: {%s}}".formatted(volume.formatted("1Gi"))))
                .create();
        kubelet.end("refused-learner-0-1", 73, REFUSED);
        awaitReason("refused", "StoreRefused");
        bind("refused-store");
        edit("refused", "{\"spec\":{\"storage\":{\"volume\":{\"size\":\"2Gi\"}}}}");
        await().untilAsserted(() ->
                assertThat(run("refused").getStatus().observedGeneration()).isEqualTo(2));
        awaitReason("refused", "StoreRefused");
        assertThat(size("refused-store"))
                .as("a run that has ended takes no larger volume")
                .isEqualTo("1Gi");

        delete("refused");
        collect("refused");
        user.resource(TestRuns.with(
                        "refused",
                        namespace,
                        "storage: {volume: {%s}, adopt: true}".formatted(volume.formatted("2Gi"))))
                .create();
        kubelet.await("refused-learner-0-1");
        assertThat(size("refused-store")).isEqualTo("2Gi");
        assertThat(fetchConfig("refused")).contains("\"adopt\" : true");
    }

    /// One that is there already and too small: it grows first, and then the pods are made.
    @Test
    void aClaimThatAnEarlierRunLeftGrowsBeforeThePodsAreMade() {
        String volume = "storage: {volume: {size: %s, storageClassName: " + growing() + "}}";
        user.resource(TestRuns.with("kept", namespace, volume.formatted("1Gi"))).create();
        kubelet.await("kept-learner-0-1");
        bind("kept-store");
        delete("kept");
        collect("kept");

        user.resource(TestRuns.with("kept", namespace, "checkpoint: {keep: 100}\n  " + volume.formatted("1Gi")))
                .create();
        awaitReason("kept", "StoreTooSmall");
        assertThat(kubelet.names()).isEmpty();
        edit("kept", "{\"spec\":{\"storage\":{\"volume\":{\"size\":\"4Gi\"}}}}");
        kubelet.run("kept-learner-0-1");
        kubelet.run("kept-engine-0-1");
        awaitReason("kept", "Running");
        assertThat(size("kept-store")).isEqualTo("4Gi");
        assertThat(fetchConfig("kept")).contains("\"storeBytes\" : " + (4L << 30));
    }

    /// A class whose claims may grow.
    private String growing() {
        var storageClass = new StorageClassBuilder()
                .withNewMetadata()
                .withName("growing-" + namespace)
                .endMetadata()
                .withProvisioner("example.com/none")
                .withAllowVolumeExpansion(true)
                .build();
        user.resource(storageClass).createOr(NonDeletingOperation::update);
        return storageClass.getMetadata().getName();
    }

    /// Only a claim that has a volume may grow.
    private void bind(String claim) {
        user.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(claim)
                .editStatus(found -> new PersistentVolumeClaimBuilder(found)
                        .withNewStatus()
                        .withPhase("Bound")
                        .addToCapacity("storage", new Quantity("1Gi"))
                        .endStatus()
                        .build());
    }

    /// Empty if there is no such claim.
    private String size(String claim) {
        var found = user.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(claim)
                .get();
        return found == null
                ? ""
                : Objects.requireNonNull(
                                found.getSpec().getResources().getRequests().get("storage"))
                        .toString();
    }

    private String fetchConfig(String run) {
        var secret = user.secrets().inNamespace(namespace).withName(run).get();
        return new String(Base64.getDecoder().decode(secret.getData().get("fetch.json")), StandardCharsets.UTF_8);
    }
}
