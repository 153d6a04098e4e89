package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;

/// Pods that share a service, a secret and a network policy: those of a run, or of a pool that no run owns.
///
/// @param owner run or pool
/// @param label that selects its pods
public record Group(HasMetadata owner, String label) {

    public static Group ofRun(HasMetadata run) {
        return new Group(run, Labels.RUN);
    }

    public static Group ofPool(HasMetadata pool) {
        return new Group(pool, Labels.POOL);
    }

    public String name() {
        return owner.getMetadata().getName();
    }

    public String namespace() {
        return owner.getMetadata().getNamespace();
    }

    public Map<String, String> labels() {
        return label.equals(Labels.RUN) ? Labels.ofRun(name()) : Labels.ofPool(name());
    }

    public Map<String, String> selector() {
        return Map.of(label, name());
    }

    /// Metadata of an object that goes with the owner.
    ObjectMeta metadata(String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(namespace())
                .withLabels(labels())
                .withOwnerReferences(Owners.of(owner))
                .build();
    }
}
