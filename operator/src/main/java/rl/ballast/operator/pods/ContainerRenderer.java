package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.crds.plan.RunPlan.ImageCopy;
import rl.ballast.operator.settings.OperatorSettings;

/// Renders the containers of a pod from the plan of their process.
final class ContainerRenderer {
    /// Seconds between the process giving up its grace time and the kubelet killing it.
    private static final long GRACE_MARGIN = 5;

    /// Of a copy, which holds next to nothing: a namespace with a quota takes no container that does not say.
    private static final long COPY_MILLI_CPU = 100;

    private static final long COPY_BYTES = 128L << 20;

    private final OperatorSettings settings;

    ContainerRenderer(OperatorSettings settings) {
        this.settings = settings;
    }

    Container main(PodKey key, RolePlan plan) {
        boolean engine = key.role() == Role.ENGINE;
        int port = plan.ports().getFirst().number();
        ContainerBuilder builder = container(key.role().word(), image(engine), plan)
                .withArgs(plan.arguments())
                .addNewPort()
                .withName(plan.ports().getFirst().name())
                .withContainerPort(port)
                .withProtocol("TCP")
                .endPort()
                .withStartupProbe(probe(engine ? "/q/health/live" : "/health", port, 2, 150))
                .withReadinessProbe(probe(engine ? "/q/health/ready" : "/health", port, engine ? 2 : 5, 3));
        if (engine) {
            builder.addToEnv(fieldVariable("BALLAST_ENGINE_ID", "metadata.name"));
            builder.withLivenessProbe(probe("/q/health/live", port, 20, 6));
        }
        return builder.build();
    }

    Container fetch(RolePlan plan) {
        return container("fetch", image(false), plan)
                .withArgs(Stream.concat(Stream.of("fetch"), plan.arguments().stream())
                        .toList())
                .build();
    }

    /// Copies with the image's own `cp`: what it offers must be an image with a shell-less `cp`, such as busybox.
    Container imageCopy(ImageCopy copy) {
        String folder = copy.target().substring(0, copy.target().lastIndexOf('/'));
        String name = "copy-" + folder.substring(folder.lastIndexOf('/') + 1).replaceAll("[^a-z0-9]+", "-");
        return new ContainerBuilder()
                .withName(name)
                .withImage(copy.reference())
                .withImagePullPolicy(settings.images().pullPolicy())
                .withCommand("cp", "-r", copy.source(), copy.target())
                .withResources(resources(COPY_MILLI_CPU, COPY_BYTES))
                .withSecurityContext(security())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withVolumeMounts(new VolumeMountBuilder()
                        .withName(VolumeRenderer.imageVolume(folder))
                        .withMountPath(folder)
                        .build())
                .build();
    }

    private String image(boolean engine) {
        return engine ? settings.images().rollout() : settings.images().trainer();
    }

    private ContainerBuilder container(String name, String image, RolePlan plan) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withImagePullPolicy(settings.images().pullPolicy())
                .withEnv(environment(plan))
                .withResources(resources(plan))
                .withSecurityContext(security())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withVolumeMounts(
                        plan.mounts().stream().map(ContainerRenderer::mount).toList());
    }

    private List<EnvVar> environment(RolePlan plan) {
        List<EnvVar> variables = new ArrayList<>();
        plan.environment().forEach((name, value) -> variables.add(variable(name, value)));
        if (plan.program() != RolePlan.Program.FETCH) {
            variables.add(variable(
                    "BALLAST_GRACE_SECONDS",
                    Long.toString(Math.max(1, settings.pods().terminationGraceSeconds() - GRACE_MARGIN))));
        }
        return variables;
    }

    private ResourceRequirements resources(RolePlan plan) {
        long milliCpu =
                settings.pods().requestMilliCpu().orElse(plan.resources().milliCpu());
        return resources(
                milliCpu, settings.pods().memoryBytes().orElse(plan.resources().memoryBytes()));
    }

    private static ResourceRequirements resources(long milliCpu, long memory) {
        Quantity bytes = Quantities.bytes(memory);
        return new ResourceRequirementsBuilder()
                .addToRequests("cpu", Quantities.milliCpu(milliCpu))
                .addToRequests("memory", bytes)
                .addToLimits("memory", bytes)
                .build();
    }

    private static Probe probe(String path, int port, int period, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(path)
                .withNewPort(port)
                .endHttpGet()
                .withPeriodSeconds(period)
                .withTimeoutSeconds(5)
                .withFailureThreshold(failures)
                .build();
    }

    private static SecurityContext security() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .build();
    }

    private static VolumeMount mount(RolePlan.Mount mount) {
        return new VolumeMountBuilder()
                .withName(VolumeRenderer.volumeName(mount))
                .withMountPath(mount.path())
                .withReadOnly(mount.readOnly() ? true : null)
                .build();
    }

    private static EnvVar variable(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }

    private static EnvVar fieldVariable(String name, String path) {
        return new EnvVarBuilder()
                .withName(name)
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath(path)
                .endFieldRef()
                .endValueFrom()
                .build();
    }
}
