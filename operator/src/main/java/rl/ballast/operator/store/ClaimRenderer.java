package rl.ballast.operator.store;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.StorageSpec.Retention;
import rl.ballast.crds.StorageSpec.VolumeSpec;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.settings.OperatorSettings;

/// Which claim holds a store, and the claim to make where the spec names none. Pure.
public final class ClaimRenderer {
    private final OperatorSettings.Store settings;

    public ClaimRenderer(OperatorSettings.Store settings) {
        this.settings = settings;
    }

    /// Name of the claim of a run or pool.
    public static String name(String owner, @Nullable StorageSpec storage) {
        return storage != null && storage.claimName() != null ? storage.claimName() : owner + "-store";
    }

    /// Bytes of the claim to make; 0 where the spec names an existing claim.
    public long bytes(@Nullable StorageSpec storage) {
        String size = size(storage);
        return size == null ? 0 : Quantity.getAmountInBytes(new Quantity(size)).longValue();
    }

    private @Nullable String size(@Nullable StorageSpec storage) {
        if (storage == null || (storage.claimName() == null && storage.volume() == null)) {
            return settings.defaultSize();
        }
        return storage.volume() == null ? null : storage.volume().size();
    }

    /// Empty where the spec names an existing claim. A claim to be deleted with its owner is owned by it; one to be
    /// retained is owned by nobody.
    public Optional<PersistentVolumeClaim> claim(Group group, @Nullable StorageSpec storage) {
        if (storage != null && storage.claimName() != null) {
            return Optional.empty();
        }
        VolumeSpec volume = storage == null ? null : storage.volume();
        boolean delete = storage != null && storage.retain() == Retention.Delete;
        ObjectMetaBuilder metadata = new ObjectMetaBuilder()
                .withName(name(group.name(), storage))
                .withNamespace(group.namespace())
                .withLabels(group.labels())
                .addToAnnotations(Labels.MADE_FOR, group.name())
                .addToAnnotations(
                        Labels.MADE_FOR_UID, group.owner().getMetadata().getUid());
        if (delete) {
            metadata.withOwnerReferences(Owners.of(group.owner()));
        }
        return Optional.of(new PersistentVolumeClaimBuilder()
                .withMetadata(metadata.build())
                .withNewSpec()
                .withAccessModes(
                        volume == null
                                ? List.of(settings.accessMode())
                                : volume.accessModes().stream().map(Enum::name).toList())
                .withStorageClassName(volume == null ? settings.storageClass().orElse(null) : volume.storageClassName())
                .withNewResources()
                .addToRequests("storage", new Quantity(size(storage)))
                .endResources()
                .endSpec()
                .build());
    }
}
