package rl.ballast.operator.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.StorageSpec.AccessMode;
import rl.ballast.crds.StorageSpec.Retention;
import rl.ballast.crds.StorageSpec.VolumeSpec;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.objects.Group;

class ClaimsTest {
    private final RLRun run = run();
    private final ClaimRenderer renderer = new ClaimRenderer(TestSettings.of().store());

    @Test
    void aClaimThatSomebodyHasMadeLargerIsAsWantedAndStaysSo() {
        var wanted = claim("1Gi", Retention.Retain);
        var there = claim("2Gi", Retention.Retain);
        assertThat(Claims.same(run, wanted, there)).isTrue();
        assertThat(Claims.same(run, there, wanted)).isFalse();
        assertThat(Claims.update(wanted, there).getSpec().getResources().getRequests())
                .containsEntry("storage", new Quantity("2Gi"));
    }

    @Test
    void anOwnerThatComesOrGoesIsAChange() {
        assertThat(Claims.same(run, claim("1Gi", Retention.Retain), claim("1Gi", Retention.Delete)))
                .isFalse();
        assertThat(Claims.same(run, claim("1Gi", Retention.Delete), claim("1Gi", Retention.Delete)))
                .isTrue();
        assertThat(Claims.same(run, claim("1Gi", Retention.Delete), null)).isFalse();
    }

    @Test
    void sizesAreReadAsKubernetesDoes() {
        assertThat(renderer.bytes(storage("1500M", Retention.Retain))).isEqualTo(1_500_000_000);
        assertThat(renderer.bytes(storage("1.5Gi", Retention.Retain))).isEqualTo(3L << 29);
        assertThat(renderer.bytes(null)).as("the default").isEqualTo(10L << 30);
        assertThat(renderer.bytes(new StorageSpec("mine", null, Retention.Retain, false)))
                .isZero();
    }

    private PersistentVolumeClaim claim(String size, Retention retain) {
        return renderer.claim(Group.ofRun(run), storage(size, retain)).orElseThrow();
    }

    private static StorageSpec storage(String size, Retention retain) {
        return new StorageSpec(null, new VolumeSpec(size, null, List.of(AccessMode.ReadWriteMany)), retain, false);
    }

    private static RLRun run() {
        RLRun run = new RLRun();
        run.getMetadata().setName("one");
        run.getMetadata().setNamespace("team");
        run.getMetadata().setUid("6f1c2a34-0000-4000-8000-000000000001");
        return run;
    }
}
