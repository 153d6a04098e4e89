package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.crds.plan.RolePlan.Mount;

/// From the mounts of a pod's processes to its volumes.
final class VolumeRenderer {
    private static final int MAX_NAME = 63;

    private VolumeRenderer() {}

    static List<Volume> volumes(PodPlan plan) {
        Map<String, Volume> volumes = new LinkedHashMap<>();
        plan.main().mounts().forEach(mount -> volumes.putIfAbsent(volumeName(mount), volume(plan, mount)));
        RolePlan fetch = plan.fetch();
        if (fetch != null) {
            fetch.mounts().forEach(mount -> volumes.putIfAbsent(volumeName(mount), volume(plan, mount)));
        }
        return List.copyOf(volumes.values());
    }

    static String volumeName(Mount mount) {
        return switch (mount.kind()) {
            case STORE, ROLES, SCRATCH -> mount.name();
            case CONFIG_MAP -> name("config-" + mount.name());
            case CLAIM -> name("claim-" + mount.name());
            case IMAGE_COPY -> name("image-" + mount.name());
        };
    }

    /// Of the folder that an image is copied to.
    static String imageVolume(String folder) {
        String last = folder.substring(folder.lastIndexOf('/') + 1);
        return name("image-" + last.replaceFirst("\\..*$", ""));
    }

    private static Volume volume(PodPlan plan, Mount mount) {
        VolumeBuilder volume = new VolumeBuilder().withName(volumeName(mount));
        return switch (mount.kind()) {
            case STORE ->
                volume.withNewPersistentVolumeClaim()
                        .withClaimName(plan.claim())
                        .endPersistentVolumeClaim()
                        .build();
            case ROLES ->
                volume.withNewSecret()
                        .withSecretName(plan.secret())
                        .withDefaultMode(0444)
                        .endSecret()
                        .build();
            case CONFIG_MAP ->
                volume.withNewConfigMap().withName(mount.name()).endConfigMap().build();
            case CLAIM ->
                volume.withNewPersistentVolumeClaim()
                        .withClaimName(mount.name())
                        .withReadOnly(mount.readOnly())
                        .endPersistentVolumeClaim()
                        .build();
            case IMAGE_COPY, SCRATCH -> volume.withNewEmptyDir().endEmptyDir().build();
        };
    }

    private static String name(String wanted) {
        String legal = wanted.replaceAll("[^a-z0-9-]", "-");
        return legal.length() <= MAX_NAME ? legal : legal.substring(0, MAX_NAME - 9) + "-" + hash(wanted);
    }

    private static String hash(String text) {
        return Integer.toHexString(text.hashCode() | 0x8000_0000);
    }
}
