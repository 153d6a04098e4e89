package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Set;
import rl.ballast.operator.status.Phase;

/// The server takes an object not as it is: a quota, an admission rule, a right that the operator lacks, a field that
/// cannot change. Trying again at once is of no use.
public final class ObjectRefused extends RuntimeException {
    public static final String REASON = "ObjectRefused";

    private static final long serialVersionUID = 1;
    /// Bad request, forbidden, invalid.
    private static final Set<Integer> LASTING = Set.of(400, 403, 422);

    private final boolean missing;

    private ObjectRefused(String message, boolean missing, KubernetesClientException cause) {
        super(message, cause);
        this.missing = missing;
    }

    /// @param missing whether there is no such object yet
    /// @return the failure as it is if it may pass
    static RuntimeException of(HasMetadata wanted, boolean missing, KubernetesClientException failure) {
        if (!LASTING.contains(failure.getCode())) {
            return failure;
        }
        String why = failure.getStatus() == null
                ? failure.getMessage()
                : failure.getStatus().getMessage();
        return new ObjectRefused(
                "%s '%s' cannot be %s: %s"
                        .formatted(wanted.getKind(), wanted.getMetadata().getName(), missing ? "made" : "changed", why),
                missing,
                failure);
    }

    /// Whether there is no such object: what needs it has to wait.
    public boolean missing() {
        return missing;
    }

    public Phase.Blocked phase() {
        return new Phase.Blocked(REASON, String.valueOf(getMessage()));
    }
}
