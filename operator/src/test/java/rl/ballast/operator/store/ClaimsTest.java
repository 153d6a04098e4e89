package rl.ballast.operator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.StorageSpec.AccessMode;
import rl.ballast.crds.StorageSpec.Retention;
import rl.ballast.crds.StorageSpec.VolumeSpec;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.Owners;

class ClaimsTest {
    private final RLRun run = run("one", 1);
    private final ClaimRenderer renderer = new ClaimRenderer(TestSettings.of().store());

    @Test
    void aClaimThatSomebodyHasMadeLargerIsAsWantedAndStaysSo() {
        assertThat(next(run, storage("1Gi", Retention.Retain), made(run, "2Gi")))
                .isEmpty();
        assertThat(next(run, storage("1Gi", Retention.Delete), made(run, "2Gi")))
                .hasValueSatisfying(claim -> assertThat(size(claim)).isEqualTo("2Gi"));
        assertThat(next(run, storage("2Gi", Retention.Retain), made(run, "1Gi")))
                .hasValueSatisfying(claim -> assertThat(size(claim)).isEqualTo("2Gi"));
    }

    @Test
    void aSizeThatNobodyAskedForStaysWhenTheDefaultChanges() {
        assertThat(next(run, null, made(run, "50Gi"))).isEmpty();
        assertThat(next(run, null, made(run, "1Gi"))).isEmpty();
        assertThat(next(run, null, null))
                .hasValueSatisfying(
                        claim -> assertThat(size(claim)).as("the default").isEqualTo("10Gi"));
    }

    @Test
    void theOwnerComesWhenTheClaimIsSeenToBeNewAndGoesWithThePolicy() {
        StorageSpec delete = storage("1Gi", Retention.Delete);
        PersistentVolumeClaim first = next(run, delete, null).orElseThrow();
        assertThat(Owners.controls(run, first)).isFalse();

        PersistentVolumeClaim owned =
                next(run, delete, at(first, "2026-01-01T00:00:05Z")).orElseThrow();
        assertThat(Owners.controls(run, owned)).isTrue();
        assertThat(next(run, delete, at(owned, "2026-01-01T00:00:05Z"))).isEmpty();
        assertThat(next(run, storage("1Gi", Retention.Retain), at(owned, "2026-01-01T00:00:05Z")))
                .hasValueSatisfying(
                        claim -> assertThat(Owners.controls(run, claim)).isFalse());
    }

    @Test
    void whatAnotherHasMadeIsNotDeletedUnlessItIsTakenOver() {
        PersistentVolumeClaim earlier = made(run("one", 9), "1Gi");
        PersistentVolumeClaim persons = at(made(run, "1Gi"), "2025-12-31T23:59:59Z");
        for (PersistentVolumeClaim there : List.of(earlier, persons)) {
            assertThatThrownBy(() -> next(run, storage("1Gi", Retention.Delete), there))
                    .isInstanceOf(ObjectRefused.class)
                    .hasMessageContaining("PersistentVolumeClaim 'one-store' was not made for this RLRun");
            assertThat(next(run, storage("1Gi", Retention.Retain), there)).isEmpty();
            assertThat(next(run, new StorageSpec(null, volume("1Gi"), Retention.Delete, true), there))
                    .hasValueSatisfying(claim -> {
                        assertThat(Owners.controls(run, claim)).isTrue();
                        assertThat(claim.getMetadata().getAnnotations())
                                .isEqualTo(there.getMetadata().getAnnotations());
                    });
        }
    }

    @Test
    void aClaimLeavesIfItGoesWithAnEarlierRun() {
        RLRun earlier = run("one", 9);
        PersistentVolumeClaim owned = at(
                renderer.claim(Group.ofRun(earlier), storage("1Gi", Retention.Delete))
                        .orElseThrow(),
                "2026-01-01T00:00:05Z");
        assertThat(Claims.leaves(run, owned)).isTrue();
        assertThat(Claims.leaves(earlier, owned)).isFalse();
        assertThat(Claims.leaves(run, made(earlier, "1Gi"))).as("it was kept").isFalse();
        assertThat(Claims.leaves(run, going(made(earlier, "1Gi")))).isTrue();
        assertThat(Claims.leaves(run, going(made(run, "1Gi"))))
                .as("its pods still use it")
                .isFalse();
    }

    @Test
    void sizesAreReadAsKubernetesDoes() {
        assertThat(renderer.bytes(storage("1500M", Retention.Retain))).isEqualTo(1_500_000_000);
        assertThat(renderer.bytes(storage("1.5Gi", Retention.Retain))).isEqualTo(3L << 29);
        assertThat(renderer.bytes(null)).as("the default").isEqualTo(10L << 30);
        assertThat(renderer.bytes(new StorageSpec("mine", null, Retention.Retain, false)))
                .isZero();
    }

    private Optional<PersistentVolumeClaim> next(
            RLRun owner, @Nullable StorageSpec storage, @Nullable PersistentVolumeClaim there) {
        return Claims.next(
                owner, storage, renderer.claim(Group.ofRun(owner), storage).orElseThrow(), there);
    }

    /// A retained claim of a run, as the server has it.
    private PersistentVolumeClaim made(RLRun owner, String size) {
        return at(
                renderer.claim(Group.ofRun(owner), storage(size, Retention.Retain))
                        .orElseThrow(),
                "2026-01-01T00:00:05Z");
    }

    private static PersistentVolumeClaim at(PersistentVolumeClaim claim, String created) {
        return new PersistentVolumeClaimBuilder(claim)
                .editMetadata()
                .withCreationTimestamp(created)
                .endMetadata()
                .build();
    }

    private static PersistentVolumeClaim going(PersistentVolumeClaim claim) {
        return new PersistentVolumeClaimBuilder(claim)
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:01:00Z")
                .endMetadata()
                .build();
    }

    private static String size(PersistentVolumeClaim claim) {
        Map<String, Quantity> requests = claim.getSpec().getResources().getRequests();
        return String.valueOf(requests.get("storage"));
    }

    private static StorageSpec storage(String size, Retention retain) {
        return new StorageSpec(null, volume(size), retain, false);
    }

    private static VolumeSpec volume(String size) {
        return new VolumeSpec(size, null, List.of(AccessMode.ReadWriteMany));
    }

    private static RLRun run(String name, int uid) {
        RLRun run = new RLRun();
        run.getMetadata().setName(name);
        run.getMetadata().setNamespace("team");
        run.getMetadata().setUid("6f1c2a34-0000-4000-8000-%012d".formatted(uid));
        run.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
        return run;
    }
}
