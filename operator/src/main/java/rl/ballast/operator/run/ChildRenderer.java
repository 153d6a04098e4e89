package rl.ballast.operator.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.LearnerGroupSpec;
import rl.ballast.crds.NameReference;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolSpec;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.StorageSpec.Retention;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.store.ClaimRenderer;

/// Renders the two objects that a run is carried out by. Pure.
final class ChildRenderer {
    private static final int PLACEHOLDER_LIMIT = 5;

    private final KubernetesSerialization json;

    ChildRenderer(KubernetesSerialization json) {
        this.json = json;
    }

    /// `restartLimit` is left to the schema's default, or to whoever sets it.
    GenericKubernetesResource group(RLRun run) {
        LearnerGroup group = new LearnerGroup();
        RLRunSpec spec = run.getSpec();
        group.setSpec(new LearnerGroupSpec(
                new NameReference(run.getMetadata().getName()),
                spec.learner().replicas(),
                spec.suspend() || spec.learner().suspend(),
                PLACEHOLDER_LIMIT,
                spec.learner().template()));
        return generic(run, group, "restartLimit");
    }

    /// @param withReplicas false leaves the number to whoever owns it
    GenericKubernetesResource pool(RLRun run, boolean withReplicas) {
        return withReplicas ? generic(run, plainPool(run)) : generic(run, plainPool(run), "replicas");
    }

    /// The same with the number that `now` has; the server refuses it if that one is not the newest.
    GenericKubernetesResource keepingReplicas(GenericKubernetesResource pool, RolloutPool now) {
        ObjectNode tree = json.convertValue(pool, ObjectNode.class);
        tree.withObject("/spec").put("replicas", now.getSpec().replicas());
        tree.withObject("/metadata").put("resourceVersion", now.getMetadata().getResourceVersion());
        return json.convertValue(tree, GenericKubernetesResource.class);
    }

    private static RolloutPool plainPool(RLRun run) {
        RolloutPool pool = new RolloutPool();
        RLRunSpec spec = run.getSpec();
        String name = run.getMetadata().getName();
        pool.setSpec(new RolloutPoolSpec(
                spec.rollouts().initialReplicas(),
                spec.suspend() || spec.rollouts().suspend(),
                spec.rollouts().precision(),
                spec.rollouts().backend(),
                spec.rollouts().engine(),
                // The claim is the run's, and so is what becomes of it.
                new StorageSpec(ClaimRenderer.name(name, spec.storage()), null, Retention.Retain, false),
                spec.rollouts().template()));
        return pool;
    }

    private GenericKubernetesResource generic(RLRun run, HasMetadata object, String... leaveOut) {
        object.setMetadata(new ObjectMetaBuilder()
                .withName(run.getMetadata().getName())
                .withNamespace(run.getMetadata().getNamespace())
                .withLabels(Labels.ofRun(run.getMetadata().getName()))
                .withOwnerReferences(Owners.of(run))
                .build());
        ObjectNode tree = json.convertValue(object, ObjectNode.class);
        tree.remove("status");
        ((ObjectNode) tree.get("spec")).remove(java.util.List.of(leaveOut));
        return json.convertValue(tree, GenericKubernetesResource.class);
    }
}
