package rl.ballast.operator.store;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import java.math.BigDecimal;
import java.util.Objects;
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
                && size(observed).compareTo(size(wanted)) >= 0;
    }

    private static BigDecimal size(PersistentVolumeClaim claim) {
        return Objects.requireNonNull(
                        claim.getSpec().getResources().getRequests().get("storage"), "a claim asks for storage")
                .getNumericalAmount();
    }

    /// Keeps what the server has set and must not change; a claim that somebody has made larger stays so.
    public static PersistentVolumeClaim update(PersistentVolumeClaim wanted, @Nullable PersistentVolumeClaim observed) {
        if (observed == null) {
            return wanted;
        }
        PersistentVolumeClaim larger = size(observed).compareTo(size(wanted)) > 0 ? observed : wanted;
        return new PersistentVolumeClaimBuilder(wanted)
                .editSpec()
                .withNewResources()
                .withRequests(larger.getSpec().getResources().getRequests())
                .endResources()
                .withAccessModes(observed.getSpec().getAccessModes())
                .withStorageClassName(observed.getSpec().getStorageClassName())
                .endSpec()
                .build();
    }
}
