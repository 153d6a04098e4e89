package rl.ballast.operator.pool;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.events.Transition;
import rl.ballast.operator.objects.Applier;
import rl.ballast.operator.objects.Flows;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.GroupRenderer;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodPlan;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pods.PodWriter;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.run.RunInterpretation;
import rl.ballast.operator.run.RunPods;
import rl.ballast.operator.run.RunReconciler;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.Phase;
import rl.ballast.operator.status.StatusBook;
import rl.ballast.operator.status.StatusWriter;
import rl.ballast.operator.store.ClaimRenderer;
import rl.ballast.operator.store.Claims;

/// Reconciles pools that no run owns. Their engines belong to one run at a time, since an engine serves the weights of
/// one run's store: with a new holder they are made anew, and without one there are none.
@GradualRetry(
        maxAttempts = RunReconciler.NO_LIMIT,
        initialInterval = RunReconciler.FIRST_RETRY_MILLIS,
        maxInterval = RunReconciler.LAST_RETRY_MILLIS)
@ControllerConfiguration(
        name = "rolloutpool",
        fieldManager = Labels.FIELD_MANAGER,
        informer = @Informer(labelSelector = "!" + Labels.RUN))
public class PoolReconciler implements Reconciler<RolloutPool> {
    private static final Set<String> QUIET = Set.of("WaitingForEngines", Handover.PHASE.reason());

    private final StatusBook<RolloutPoolStatus> book = new StatusBook<>();
    private final OperatorSettings settings;
    private final EventWriter events;
    private final Applier applier;
    private final Tokens tokens;
    private final TemplateCheck templates;
    private final PodWriter writer;
    private final PodRenderer renderer;
    private final StatusWriter statuses;
    private final ClaimRenderer claims;
    private final Flows flows;
    private final Clock clock;

    public PoolReconciler(
            KubernetesClient client,
            OperatorSettings settings,
            Tokens tokens,
            EventWriter events,
            TemplateCheck templates,
            Clock clock) {
        this.settings = settings;
        this.events = events;
        this.applier = new Applier(client);
        this.tokens = tokens;
        this.templates = templates;
        this.writer = new PodWriter(client, settings.pods().parallelWrites());
        this.renderer = new PodRenderer(settings, client.getKubernetesSerialization());
        this.statuses = new StatusWriter(client);
        this.claims = new ClaimRenderer(settings.store());
        this.flows = new Flows(settings.network());
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, RolloutPool>> prepareEventSources(EventSourceContext<RolloutPool> context) {
        return PoolSources.all(context);
    }

    @Override
    public UpdateControl<RolloutPool> reconcile(RolloutPool pool, Context<RolloutPool> context) {
        var references = pool.getMetadata().getOwnerReferences();
        boolean owned = references != null
                && references.stream().anyMatch(owner -> owner.getKind().equals("RLRun"));
        if (owned || pool.isMarkedForDeletion()) {
            return UpdateControl.noUpdate();
        }
        RolloutPoolStatus before = book.newest(pool, pool.getStatus());
        Optional<RLRun> next = HolderChoice.of(context.getSecondaryResources(RLRun.class), before);
        String uid = next.map(run -> run.getMetadata().getUid()).orElse("");
        String digest = RunInterpretation.revision(pool, uid);
        String revision = Handover.revision(uid, digest);
        boolean handingOver = context.getSecondaryResourcesAsStream(Pod.class)
                .anyMatch(pod -> Handover.awaits(pod, uid, clock.instant()));
        Optional<RLRun> holder = next.filter(_ -> !handingOver);
        boolean wanted = holder.isPresent() && !pool.getSpec().suspend();
        EngineDecision engines = EnginePlanner.plan(new EngineObserved(
                wanted ? pool.getSpec().replicas() : 0,
                revision,
                context.getSecondaryResourcesAsStream(Pod.class)
                        .map(pod -> PodFacts.of(pool.getMetadata().getName(), pod))
                        .map(pod -> pod.revision().equals(digest) ? pod.withRevision(revision) : pod)
                        .toList()));
        Optional<ObjectRefused> refused = shared(pool, holder.orElse(null), context);
        if (refused.isPresent()) {
            boolean waits = refused.get().holdsUp() || (before != null && !uid.equals(before.heldByUid()));
            engines = waits ? engines.withheld(refused.get().phase()) : engines;
            holder = holder.filter(_ -> !waits);
        }
        if (wanted && engines.refused() == null) {
            engines = made(pool, holder.orElseThrow(), revision, engines, context);
        }
        writer.delete(
                pool.getMetadata().getNamespace(),
                Stream.concat(engines.delete().stream(), engines.roll().stream())
                        .toList());
        Phase handover = handingOver && next.isPresent() ? Handover.PHASE : null;
        report(
                pool,
                before,
                engines,
                holder.orElse(null),
                refused.<Phase>map(ObjectRefused::phase).orElse(handover));
        UpdateControl<RolloutPool> control = UpdateControl.noUpdate();
        if (handingOver) {
            control.rescheduleAfter(Handover.LOOK);
        } else if (engines.refused() != null || refused.isPresent()) {
            control.rescheduleAfter(TemplateCheck.AGAIN);
        }
        return control;
    }

    /// Makes the pods that are missing.
    ///
    /// @return what was decided, without what the server refuses
    private EngineDecision made(
            RolloutPool pool, RLRun run, String revision, EngineDecision engines, Context<RolloutPool> context) {
        Optional<Phase.Blocked> refused =
                templates.refusal(engine(pool, run, revision, EngineDecision.Start.NONE), "spec.template");
        if (refused.isEmpty()) {
            List<Pod> pods = engines.create().stream()
                    .map(start -> renderer.render(engine(pool, run, revision, start)))
                    .toList();
            refused = writer.create(pods, made -> wrote(Pod.class, made, context));
        }
        return refused.map(engines::withheld).orElse(engines);
    }

    /// @return what the server refuses of it
    private Optional<ObjectRefused> shared(RolloutPool pool, @Nullable RLRun holder, Context<RolloutPool> context) {
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
        writes.add(() -> secret(pool, group, holder));
        return ObjectRefused.ofAll(writes);
    }

    private void claim(RolloutPool pool, Group group, Context<RolloutPool> context) {
        PersistentVolumeClaim there = one(PersistentVolumeClaim.class, context);
        claims.claim(group, pool.getSpec().storage())
                .filter(claim -> !Claims.same(pool, claim, there))
                .map(claim -> applier.write(Claims.update(claim, there), there != null))
                .ifPresent(written -> wrote(PersistentVolumeClaim.class, written, context));
    }

    private void secret(RolloutPool pool, Group group, @Nullable RLRun holder) {
        String inputs = "%s/%s"
                .formatted(
                        pool.getMetadata().getGeneration(),
                        holder == null ? "" : holder.getMetadata().getUid());
        tokens.ensure(group, false, inputs, token -> {
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
        return RunInterpretation.plan(run, pool.getSpec(), pool.getMetadata().getName(), settings, token);
    }

    private void report(
            RolloutPool pool,
            @Nullable RolloutPoolStatus before,
            EngineDecision engines,
            @Nullable RLRun holder,
            @Nullable Phase known) {
        RolloutPoolStatus status = PoolStatusBuilder.build(
                pool, before, engines, holder, known, before == null ? null : before.policyVersion(), clock.instant());
        if (!status.equals(before)) {
            statuses.write(pool, new RolloutPool(), status);
            book.wrote(pool, pool.getMetadata().getUid(), status, clock.instant());
            Transition.between(before == null ? null : before.conditions(), status.conditions(), QUIET)
                    .ifPresent(change -> events.write(pool, change, clock.instant()));
        }
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
