package rl.ballast.operator.store;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.objects.Owners;

/// Updates of a claim. Its spec is immutable but for its size; its owner goes or comes with `retain`. Pure.
public final class Claims {
    private Claims() {}

    /// @param owner run or pool whose store it is
    public static boolean same(
            HasMetadata owner, PersistentVolumeClaim wanted, @Nullable PersistentVolumeClaim observed) {
        return observed != null
                && Owners.controls(owner, observed) == Owners.controls(owner, wanted)
                && wanted.getSpec().getResources().equals(observed.getSpec().getResources());
    }

    /// Keeps what the server has set and must not change.
    public static PersistentVolumeClaim update(PersistentVolumeClaim wanted, @Nullable PersistentVolumeClaim observed) {
        if (observed == null) {
            return wanted;
        }
        return new PersistentVolumeClaimBuilder(wanted)
                .editSpec()
                .withAccessModes(observed.getSpec().getAccessModes())
                .withStorageClassName(observed.getSpec().getStorageClassName())
                .endSpec()
                .build();
    }
}
