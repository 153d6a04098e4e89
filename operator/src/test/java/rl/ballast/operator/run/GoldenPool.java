package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.operator.objects.Flows;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.pool.Handover;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.store.ClaimRenderer;

/// What a pool that no run owns has while a run holds it: its network policy and its engines, as the pool's
/// reconciler asks the renderers for them. `SharedPoolGoldenIT` holds this to what the reconciler writes.
final class GoldenPool {
    private GoldenPool() {}

    static Stream<HasMetadata> objects(
            RolloutPool pool, RLRun holder, OperatorSettings settings, KubernetesSerialization json) {
        String name = pool.getMetadata().getName();
        HasMetadata policy = new Flows(settings.network())
                .policy(
                        Group.ofPool(pool),
                        List.of(Map.of(Labels.RUN, holder.getMetadata().getName())),
                        List.of());
        RunPlan plan = RunInterpretation.plan(holder, pool.getSpec(), name, settings, "", 0);
        String uid = holder.getMetadata().getUid();
        PodRenderer renderer = new PodRenderer(settings, json);
        return Stream.concat(
                Stream.of(policy),
                IntStream.range(0, pool.getSpec().replicas())
                        .mapToObj(index -> renderer.render(RunPods.engine(
                                pool.getMetadata().getNamespace(),
                                "",
                                name,
                                Owners.of(pool),
                                plan,
                                ClaimRenderer.name(name, pool.getSpec().storage()),
                                pool.getSpec().template(),
                                Handover.revision(uid, RunInterpretation.revision(pool, uid)),
                                new EngineDecision.Start(index, 1)))));
    }
}
