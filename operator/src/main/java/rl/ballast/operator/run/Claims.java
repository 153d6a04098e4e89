package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import org.jspecify.annotations.Nullable;

/// Updates of a claim. A claim's spec is immutable but for its size, and only its owner may have changed: by `retain`.
final class Claims {
    private Claims() {}

    static boolean same(PersistentVolumeClaim wanted, PersistentVolumeClaim observed) {
        boolean owned = observed.getMetadata().getOwnerReferences() != null
                && !observed.getMetadata().getOwnerReferences().isEmpty();
        boolean own = wanted.getMetadata().getOwnerReferences() != null
                && !wanted.getMetadata().getOwnerReferences().isEmpty();
        return owned == own
                && wanted.getSpec().getResources().equals(observed.getSpec().getResources());
    }

    /// Keeps what the server has set and must not change.
    static PersistentVolumeClaim update(PersistentVolumeClaim wanted, @Nullable PersistentVolumeClaim observed) {
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
