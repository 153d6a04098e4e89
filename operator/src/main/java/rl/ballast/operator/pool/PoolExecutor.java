package rl.ballast.operator.pool;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.operator.objects.Applier;
import rl.ballast.operator.objects.Flows;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.GroupRenderer;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.objects.StillLeaving;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.PodPlan;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pods.PodWriter;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.run.RunInterpretation;
import rl.ballast.operator.run.RunPods;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.Phase;
import rl.ballast.operator.store.ClaimRenderer;
import rl.ballast.operator.store.ClaimWriter;

/// Carries out what was decided about a pool that no run owns: objects first, then pods.
final class PoolExecutor {
    private final OperatorSettings settings;
    private final Applier applier;
    private final Tokens tokens;
    private final TemplateCheck templates;
    private final PodWriter writer;
    private final PodRenderer renderer;
    private final ClaimRenderer claims;
    private final ClaimWriter claimWriter;
    private final Flows flows;

    PoolExecutor(
            KubernetesClient client, OperatorSettings settings, Tokens tokens, TemplateCheck templates, Clock clock) {
        this.settings = settings;
        this.applier = new Applier(client);
        this.tokens = tokens;
        this.templates = templates;
        this.writer = new PodWriter(client, settings.pods().parallelWrites(), clock);
        this.renderer = new PodRenderer(settings, client.getKubernetesSerialization());
        this.claims = new ClaimRenderer(settings.store());
        this.claimWriter = new ClaimWriter(applier);
        this.flows = new Flows(settings.network());
    }

    /// Deletes the pods that are not wanted, or not any more.
    void delete(RolloutPool pool, EngineDecision engines) {
        writer.delete(
                pool.getMetadata().getNamespace(),
                Stream.concat(engines.delete().stream(), engines.roll().stream())
                        .toList());
    }

    /// Makes the pods that are missing.
    ///
    /// @return what was decided, without what the server refuses
    EngineDecision made(
            RolloutPool pool, RLRun run, String revision, EngineDecision engines, Context<RolloutPool> context) {
        Optional<Phase.Blocked> refused =
                templates.refusal(engine(pool, run, revision, EngineDecision.Start.NONE), "spec.template");
        if (refused.isEmpty()) {
            List<Pod> pods = engines.create().stream()
                    .map(start -> renderer.render(engine(pool, run, revision, start)))
                    .toList();
            refused = writer.create(
                    "%s/%d/%s"
                            .formatted(
                                    pool.getMetadata().getUid(),
                                    pool.getMetadata().getGeneration(),
                                    revision),
                    pods,
                    made -> wrote(Pod.class, made, context));
        }
        return refused.map(engines::withheld).orElse(engines);
    }

    /// What pods share: service, claim, secret, network policy, disruption budget.
    ///
    /// @param holder run that the engines are for; null while there is none
    /// @param starting whether engines are about to be made
    /// @return what is in the way of new pods, or of an object as it should be
    Optional<Hindrance> shared(
            RolloutPool pool, @Nullable RLRun holder, boolean starting, Context<RolloutPool> context) {
        try {
            return write(pool, holder, starting, context).map(Hindrance::of);
        } catch (StillLeaving e) {
            return Optional.of(new Hindrance(e.phase(), true));
        } catch (Applier.NameTaken e) {
            return Optional.of(new Hindrance(new Phase.Refused("NameTaken", String.valueOf(e.getMessage())), true));
        } catch (InvalidSpec e) {
            String run = holder == null ? "" : holder.getMetadata().getName();
            return Optional.of(new Hindrance(
                    new Phase.Blocked("InvalidSpec", "run %s: %s".formatted(run, e.getMessage())), true));
        }
    }

    private Optional<ObjectRefused> write(
            RolloutPool pool, @Nullable RLRun holder, boolean starting, Context<RolloutPool> context) {
        Group group = Group.ofPool(pool);
        List<Runnable> writes = new ArrayList<>();
        writes.add(() -> apply(Service.class, GroupRenderer.service(group), context));
        writes.add(() -> claim(pool, group, context));
        if (settings.network().policies()) {
            List<Map<String, String>> peers = holder == null
                    ? List.of()
                    : List.of(Map.of(Labels.RUN, holder.getMetadata().getName()));
            writes.add(() -> apply(NetworkPolicy.class, flows.policy(group, peers, List.of()), context));
        }
        if (pool.getSpec().replicas() >= 2) {
            writes.add(() -> apply(PodDisruptionBudget.class, GroupRenderer.budget(group), context));
        }
        writes.add(() -> secret(pool, group, holder, starting));
        return ObjectRefused.ofAll(writes);
    }

    private void claim(RolloutPool pool, Group group, Context<RolloutPool> context) {
        String name = ClaimRenderer.name(group.name(), pool.getSpec().storage());
        PersistentVolumeClaim there = context.getSecondaryResourcesAsStream(PersistentVolumeClaim.class)
                .filter(claim -> claim.getMetadata().getName().equals(name))
                .findFirst()
                .orElse(null);
        claims.claim(group, pool.getSpec().storage())
                .flatMap(wanted -> claimWriter.write(pool, pool.getSpec().storage(), wanted, there))
                .ifPresent(written -> wrote(PersistentVolumeClaim.class, written, context));
    }

    private void secret(RolloutPool pool, Group group, @Nullable RLRun holder, boolean starting) {
        String inputs = "%s/%s"
                .formatted(
                        pool.getMetadata().getGeneration(),
                        holder == null ? "" : holder.getMetadata().getUid());
        tokens.ensure(group, false, starting, inputs, token -> {
            Map<String, String> files = new TreeMap<>();
            if (holder != null) {
                files.put(
                        "engine.json",
                        plan(pool, holder, token).engines().getFirst().configJson());
            }
            return files;
        });
    }

    private PodPlan engine(RolloutPool pool, RLRun run, String revision, EngineDecision.Start start) {
        String name = pool.getMetadata().getName();
        return RunPods.engine(
                pool.getMetadata().getNamespace(),
                "",
                name,
                Owners.of(pool),
                plan(pool, run, ""),
                ClaimRenderer.name(name, pool.getSpec().storage()),
                pool.getSpec().template(),
                revision,
                start);
    }

    private RunPlan plan(RolloutPool pool, RLRun run, String token) {
        return RunInterpretation.plan(run, pool.getSpec(), pool.getMetadata().getName(), settings, token, 0);
    }

    private <T extends HasMetadata> void apply(Class<T> type, T wanted, Context<RolloutPool> context) {
        applier.apply(wanted, one(type, context)).ifPresent(written -> wrote(type, written, context));
    }

    private static <T extends HasMetadata> @Nullable T one(Class<T> type, Context<RolloutPool> context) {
        return context.getSecondaryResourcesAsStream(type).findFirst().orElse(null);
    }

    private static <T extends HasMetadata> void wrote(Class<T> type, T object, Context<RolloutPool> context) {
        EventSource<T, RolloutPool> source = context.eventSourceRetriever().getEventSourceFor(type);
        if (source instanceof InformerEventSource<T, RolloutPool> informer) {
            informer.handleRecentResourceCreate(ResourceID.fromResource(object), object);
        }
    }
}
