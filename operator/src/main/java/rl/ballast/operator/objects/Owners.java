package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.List;

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

    /// Whether `owner` controls `object`.
    public static boolean controls(HasMetadata owner, HasMetadata object) {
        List<OwnerReference> references = object.getMetadata().getOwnerReferences();
        return references != null
                && references.stream()
                        .anyMatch(reference -> Boolean.TRUE.equals(reference.getController())
                                && reference.getUid().equals(owner.getMetadata().getUid()));
    }
}
