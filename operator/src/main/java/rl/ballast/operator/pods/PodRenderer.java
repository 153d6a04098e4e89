package rl.ballast.operator.pods;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.settings.OperatorSettings;

/// Renders a pod. Pure.
public final class PodRenderer {
    private final OperatorSettings settings;
    private final KubernetesSerialization json;
    private final ContainerRenderer containers;

    public PodRenderer(OperatorSettings settings, KubernetesSerialization json) {
        this.settings = settings;
        this.json = json;
        this.containers = new ContainerRenderer(settings);
    }

    /// @throws IllegalArgumentException if the template is no pod template
    public Pod render(PodPlan plan) {
        Pod pod = plain(plan);
        ObjectNode template = plan.template();
        if (template == null) {
            return pod;
        }
        ObjectNode merged = TemplateMerge.merge(json.convertValue(pod, ObjectNode.class), onlyAllowed(template));
        Pod result = json.convertValue(merged, Pod.class);
        keepOurs(pod, result);
        return result;
    }

    private static Map<String, String> labels(PodPlan plan) {
        String pool = plan.pool();
        if (pool == null || !plan.run().isEmpty()) {
            return Labels.gang(Labels.ofRun(plan.run()), plan.run());
        }
        return Labels.gang(Labels.ofPool(pool), pool);
    }

    private Pod plain(PodPlan plan) {
        PodKey key = plan.key();
        Map<String, String> labels = labels(plan);
        labels.put("app.kubernetes.io/component", key.role().word());
        labels.put(Labels.ROLE, key.role().word());
        labels.put(Labels.INDEX, Integer.toString(key.index()));
        labels.put(Labels.ATTEMPT, Integer.toString(key.attempt()));
        if (plan.pool() != null) {
            labels.put(Labels.POOL, plan.pool());
        }
        List<Container> init = new ArrayList<>();
        plan.imageCopies().forEach(copy -> init.add(containers.imageCopy(copy)));
        if (plan.fetch() != null) {
            init.add(containers.fetch(plan.fetch()));
        }
        return new PodBuilder()
                .withNewMetadata()
                .withName(key.name())
                .withNamespace(plan.namespace())
                .withLabels(labels)
                .withAnnotations(annotations(plan))
                .withOwnerReferences(plan.owner())
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy(key.role() == Role.LEARNER ? "Never" : "Always")
                .withHostname(key.host())
                .withSubdomain(plan.service())
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(settings.pods().terminationGraceSeconds())
                .withSecurityContext(podSecurity())
                .withImagePullSecrets(settings.images()
                        .pullSecret()
                        .map(name -> List.of(new LocalObjectReference(name)))
                        .orElse(List.of()))
                .withInitContainers(init)
                .withContainers(containers.main(key, plan.main()))
                .withVolumes(VolumeRenderer.volumes(plan))
                .endSpec()
                .build();
    }

    private static @Nullable Map<String, String> annotations(PodPlan plan) {
        if (plan.revision().isEmpty()) {
            return null;
        }
        return plan.endedBefore() == 0
                ? Map.of(Labels.REVISION, plan.revision())
                : Map.of(Labels.REVISION, plan.revision(), Labels.ENDED, Integer.toString(plan.endedBefore()));
    }

    private PodSecurityContext podSecurity() {
        PodSecurityContextBuilder context = new PodSecurityContextBuilder()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile();
        if (settings.pods().user() >= 0) {
            long user = settings.pods().user();
            context.withRunAsUser(user)
                    .withRunAsGroup(user)
                    .withFsGroup(user)
                    .withFsGroupChangePolicy("OnRootMismatch");
        }
        return context.build();
    }

    private static ObjectNode onlyAllowed(ObjectNode template) {
        ObjectNode allowed = template.objectNode();
        JsonNode metadata = template.path("metadata");
        ObjectNode kept = allowed.putObject("metadata");
        for (String field : List.of("labels", "annotations")) {
            if (metadata.hasNonNull(field)) {
                kept.set(field, metadata.get(field));
            }
        }
        if (template.hasNonNull("spec")) {
            allowed.set("spec", template.get("spec"));
        }
        return allowed;
    }

    /// What the operator finds its pods by, and what its rules rest on, is not the template's to change.
    private static void keepOurs(Pod ours, Pod merged) {
        merged.getMetadata().getLabels().putAll(ours.getMetadata().getLabels());
        if (ours.getMetadata().getAnnotations() != null) {
            merged.getMetadata().getAnnotations().putAll(ours.getMetadata().getAnnotations());
        }
        merged.getSpec().setRestartPolicy(ours.getSpec().getRestartPolicy());
        merged.getSpec().setHostname(ours.getSpec().getHostname());
        merged.getSpec().setSubdomain(ours.getSpec().getSubdomain());
        merged.getSpec().setAutomountServiceAccountToken(false);
    }
}
