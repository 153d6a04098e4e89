package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;

/// What the server means by 409. Anything else than these passes by itself: somebody wrote the object, or a quota, at
/// the same moment. Pure.
public final class Conflict {
    private Conflict() {}

    /// There is an object of that name already.
    public static boolean exists(KubernetesClientException failure) {
        return status(failure)
                .filter(status -> "AlreadyExists".equals(status.getReason()))
                .isPresent();
    }

    /// An apply without force would take fields from another manager.
    static boolean ofManagers(KubernetesClientException failure) {
        return status(failure)
                .map(Status::getDetails)
                .map(details -> details.getCauses())
                .filter(causes -> causes.stream().anyMatch(cause -> "FieldManagerConflict".equals(cause.getReason())))
                .isPresent();
    }

    private static Optional<Status> status(KubernetesClientException failure) {
        return Optional.ofNullable(failure.getStatus());
    }
}
