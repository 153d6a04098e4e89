package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The objects that a pod mounts and a person may have named wrongly: no pod starts before all of them are there. Pure.
final class NamedVolumes {
    /// Volume of the run's own secret.
    private static final String ROLES = "roles";

    private final Set<String> named = new LinkedHashSet<>();

    private NamedVolumes() {}

    /// `config map 'a'`, `secret 'b' (key c)`, `claim 'd'`; optional ones and the run's own secret are left out.
    static List<String> of(Pod pod) {
        var all = new NamedVolumes();
        pod.getSpec().getVolumes().stream()
                .filter(volume -> !volume.getName().equals(ROLES))
                .forEach(all::add);
        return new ArrayList<>(all.named);
    }

    private void add(Volume volume) {
        ConfigMapVolumeSource map = volume.getConfigMap();
        if (map != null) {
            add("config map", map.getName(), map.getItems(), map.getOptional());
        }
        SecretVolumeSource secret = volume.getSecret();
        if (secret != null) {
            add("secret", secret.getSecretName(), secret.getItems(), secret.getOptional());
        }
        if (volume.getPersistentVolumeClaim() != null) {
            add("claim", volume.getPersistentVolumeClaim().getClaimName(), List.of(), false);
        }
        if (volume.getProjected() != null) {
            volume.getProjected().getSources().forEach(this::add);
        }
    }

    private void add(VolumeProjection part) {
        if (part.getConfigMap() != null) {
            var map = part.getConfigMap();
            add("config map", map.getName(), map.getItems(), map.getOptional());
        }
        if (part.getSecret() != null) {
            var secret = part.getSecret();
            add("secret", secret.getName(), secret.getItems(), secret.getOptional());
        }
    }

    private void add(String kind, String name, List<KeyToPath> items, @Nullable Boolean optional) {
        if (Boolean.TRUE.equals(optional)) {
            return;
        }
        String keys = items.stream().map(KeyToPath::getKey).collect(Collectors.joining(", "));
        named.add("%s '%s'%s".formatted(kind, name, keys.isEmpty() ? "" : " (key %s)".formatted(keys)));
    }
}
