package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.status.Phase;

/// The server takes an object not as it is: a quota, an admission rule, a right that the operator lacks, a field that
/// cannot change. Trying again at once is of no use.
public final class ObjectRefused extends RuntimeException {
    public static final String REASON = "ObjectRefused";

    private static final long serialVersionUID = 1;
    /// Codes of the server for what trying again at once does not help: bad request, forbidden, invalid.
    public static final Set<Integer> LASTING = Set.of(400, 403, 422);

    private final boolean holdsUp;

    private ObjectRefused(String message, boolean holdsUp, @Nullable KubernetesClientException cause) {
        super(message, cause);
        this.holdsUp = holdsUp;
    }

    /// What the operator itself refuses to do, since it would harm what is another's.
    public static ObjectRefused of(HasMetadata there, String why) {
        return new ObjectRefused(
                "%s '%s' %s".formatted(there.getKind(), there.getMetadata().getName(), why), true, null);
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
                missing || wanted instanceof Secret || wanted instanceof NetworkPolicy,
                failure);
    }

    /// Whether new pods have to wait: they would lack the object, read a configuration that is old, or be
    /// kept from each other.
    public boolean holdsUp() {
        return holdsUp;
    }

    /// Makes every write, whatever becomes of the others.
    ///
    /// @return the refusal that matters most
    public static Optional<ObjectRefused> ofAll(List<Runnable> writes) {
        List<ObjectRefused> refused = new ArrayList<>();
        for (Runnable write : writes) {
            try {
                write.run();
            } catch (ObjectRefused e) {
                refused.add(e);
            }
        }
        return refused.stream().max(Comparator.comparing(ObjectRefused::holdsUp));
    }

    public Phase.Blocked phase() {
        return new Phase.Blocked(REASON, String.valueOf(getMessage()));
    }
}
