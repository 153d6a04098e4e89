package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.List;
import java.util.Optional;

/// Owner references.
public final class Owners {
    private Owners() {}

    public static OwnerReference of(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /// Whether another owner of the same kind controls `object`: one that was deleted, whose objects are to follow.
    public static boolean ofAnother(HasMetadata owner, HasMetadata object) {
        return controller(object)
                .filter(reference -> reference.getKind().equals(owner.getKind()))
                .filter(reference ->
                        !reference.getUid().equals(owner.getMetadata().getUid()))
                .isPresent();
    }

    /// The reference to the one owner that manages `object`.
    public static Optional<OwnerReference> controller(HasMetadata object) {
        List<OwnerReference> references = object.getMetadata().getOwnerReferences();
        return references == null
                ? Optional.empty()
                : references.stream()
                        .filter(reference -> Boolean.TRUE.equals(reference.getController()))
                        .findFirst();
    }

    /// Whether `owner` controls `object`.
    public static boolean controls(HasMetadata owner, HasMetadata object) {
        return controller(object)
                .filter(reference ->
                        reference.getUid().equals(owner.getMetadata().getUid()))
                .isPresent();
    }
}
