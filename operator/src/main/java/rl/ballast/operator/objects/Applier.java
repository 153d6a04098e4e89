package rl.ballast.operator.objects;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes rendered objects by server-side apply, and only those that differ from what is observed.
public final class Applier {
    /// Where the server adds nothing: what is there and is not wanted was taken out.
    private static final List<String> WHOLE = List.of("/spec/template", "/spec/engine");

    private final Sender sender;
    private final KubernetesSerialization json;

    public Applier(KubernetesClient client) {
        this.sender = new Sender(client);
        this.json = client.getKubernetesSerialization();
    }

    /// @param observed as the cache has it; null if it is not there
    /// @return what the server answered; empty if nothing had to be written
    /// @throws NameTaken if an object of that name is not ours
    /// @throws ObjectRefused if the server does not take it as it is
    /// @throws KubernetesClientException for failures that may pass
    public <T extends HasMetadata> Optional<T> apply(T wanted, @Nullable HasMetadata observed) {
        if (observed != null) {
            return same(observed, wanted) ? Optional.empty() : Optional.of(write(wanted, true));
        }
        return Optional.of(wanted instanceof GenericKubernetesResource ? write(wanted, false) : make(wanted));
    }

    /// A plain create costs the server less than an apply. It is for objects from which no later write takes anything
    /// out: what an apply does not mention stays as it was created.
    private <T extends HasMetadata> T make(T wanted) {
        try {
            return sender.create(wanted);
        } catch (KubernetesClientException e) {
            if (Conflict.exists(e)) {
                return write(wanted, false); // there is one: ours, and the cache is late, or another's
            }
            throw ObjectRefused.of(wanted, true, e);
        }
    }

    /// Writes whether or not there is a difference; what is no longer said, such as an owner, is taken out.
    ///
    /// @param exists whether it is there
    /// @throws NameTaken if an object of that name is not ours
    /// @throws ObjectRefused if the server does not take it as it is
    /// @throws KubernetesClientException for failures that may pass
    public <T extends HasMetadata> T write(T wanted, boolean exists) {
        try {
            return sender.apply(wanted, exists); // the first write takes nothing from anybody: see NameTaken
        } catch (KubernetesClientException e) {
            if (!exists && Conflict.ofManagers(e)) {
                throw taken(wanted, e);
            }
            throw ObjectRefused.of(wanted, !exists, e);
        }
    }

    private static NameTaken taken(HasMetadata wanted, KubernetesClientException cause) {
        return new NameTaken(
                NameTaken.message(wanted.getKind(), wanted.getMetadata().getName()), cause);
    }

    /// Whether all that is wanted is there.
    public boolean same(HasMetadata observed, HasMetadata wanted) {
        ObjectNode left = json.convertValue(observed, ObjectNode.class);
        ObjectNode right = json.convertValue(wanted, ObjectNode.class);
        right.remove("status");
        return Subset.holds(left, right)
                && WHOLE.stream().allMatch(part -> Subset.holds(right.at(part), left.at(part)));
    }

    /// An object that the run needs is another's.
    public static final class NameTaken extends RuntimeException {
        private static final long serialVersionUID = 1;

        NameTaken(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /// What a person reads and can do.
        public static String message(String kind, String name) {
            return "%s '%s' exists and belongs to something else: delete it, or choose another name"
                    .formatted(kind, name);
        }
    }
}
