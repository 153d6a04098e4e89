package rl.ballast.operator.store;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.StorageSpec;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.Owners;

/// Writes of a claim. Its spec is immutable but for its size; its owner goes or comes with `retain`, and comes only to
/// a claim that was made for that owner: what another run has left there is not this one's to delete. Pure.
public final class Claims {
    private static final String STORAGE = "storage";

    private Claims() {}

    /// The next write.
    ///
    /// @param owner run or pool whose store it is
    /// @param storage from which `wanted` was rendered
    /// @return empty if all is as wanted
    /// @throws ObjectRefused if the claim is to be deleted with its owner and is not that one's
    public static Optional<PersistentVolumeClaim> next(
            HasMetadata owner,
            @Nullable StorageSpec storage,
            PersistentVolumeClaim wanted,
            @Nullable PersistentVolumeClaim observed) {
        if (observed == null) {
            // Whether it is new shows only when it is there: the owner follows then.
            return Optional.of(new PersistentVolumeClaimBuilder(wanted)
                    .editMetadata()
                    .withOwnerReferences()
                    .endMetadata()
                    .build());
        }
        boolean toOwn = Owners.controls(owner, wanted);
        boolean owns = Owners.controls(owner, observed);
        boolean adopts = storage != null && storage.adopt();
        if (toOwn && !owns && !adopts && !madeFor(owner, observed)) {
            throw ObjectRefused.of(
                    observed,
                    "was not made for this %s, so storage.retain Delete would delete what is another's: set storage.retain"
                                    .formatted(owner.getKind())
                            + " to Retain, storage.adopt to take it over, or delete the claim");
        }
        PersistentVolumeClaim next = update(storage, wanted, observed);
        return toOwn == owns && bytes(observed).compareTo(bytes(next)) == 0 ? Optional.empty() : Optional.of(next);
    }

    /// Whether a claim goes that was not made for `run`.
    public static boolean leaves(HasMetadata run, PersistentVolumeClaim claim) {
        boolean going = claim.getMetadata().getDeletionTimestamp() != null && !madeFor(run, claim);
        return going || Owners.ofAnother(run, claim);
    }

    /// Bytes that a claim asks for.
    public static BigDecimal bytes(PersistentVolumeClaim claim) {
        return size(claim).getNumericalAmount();
    }

    /// A claim that was there before its owner is not made for it, whatever was written on it.
    private static boolean madeFor(HasMetadata owner, PersistentVolumeClaim claim) {
        var annotations = claim.getMetadata().getAnnotations();
        return annotations != null
                && owner.getMetadata().getUid().equals(annotations.get(Labels.MADE_FOR_UID))
                && !Instant.parse(claim.getMetadata().getCreationTimestamp())
                        .isBefore(Instant.parse(owner.getMetadata().getCreationTimestamp()));
    }

    /// Keeps what the server has set and must not change. A claim that is larger stays so, and one whose size nobody
    /// has asked for keeps its size when the operator's default changes.
    private static PersistentVolumeClaim update(
            @Nullable StorageSpec storage, PersistentVolumeClaim wanted, PersistentVolumeClaim observed) {
        boolean sized = storage != null && storage.volume() != null;
        Quantity size = sized && bytes(wanted).compareTo(bytes(observed)) > 0 ? size(wanted) : size(observed);
        PersistentVolumeClaimBuilder next = new PersistentVolumeClaimBuilder(wanted)
                .editSpec()
                .withNewResources()
                .addToRequests(STORAGE, size)
                .endResources()
                .withAccessModes(observed.getSpec().getAccessModes())
                .withStorageClassName(observed.getSpec().getStorageClassName())
                .endSpec();
        var annotations = observed.getMetadata().getAnnotations();
        if (annotations != null && annotations.containsKey(Labels.MADE_FOR)) {
            next.editMetadata()
                    .addToAnnotations(Labels.MADE_FOR, annotations.get(Labels.MADE_FOR))
                    .addToAnnotations(Labels.MADE_FOR_UID, annotations.getOrDefault(Labels.MADE_FOR_UID, ""))
                    .endMetadata();
        }
        return next.build();
    }

    private static Quantity size(PersistentVolumeClaim claim) {
        return Objects.requireNonNull(
                claim.getSpec().getResources().getRequests().get(STORAGE), "a claim asks for storage");
    }
}
