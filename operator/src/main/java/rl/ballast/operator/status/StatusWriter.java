package rl.ballast.operator.status;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import rl.ballast.operator.objects.Sender;

/// Writes statuses by server-side apply on the subresource: a fresh object with nothing but the status, so that a spec
/// edited meanwhile is never touched.
public final class StatusWriter {
    private final Sender sender;

    public StatusWriter(KubernetesClient client) {
        this.sender = new Sender(client);
    }

    /// @param fresh a new object of the type
    /// @return the version of the object that has this status
    public <S, T extends CustomResource<?, S>> String write(T object, T fresh, S status) {
        fresh.setMetadata(new ObjectMetaBuilder()
                .withName(object.getMetadata().getName())
                .withNamespace(object.getMetadata().getNamespace())
                .build());
        fresh.setStatus(status);
        return sender.applyStatus(fresh);
    }
}
