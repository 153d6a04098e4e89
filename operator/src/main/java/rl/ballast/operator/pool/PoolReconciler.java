package rl.ballast.operator.pool;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.events.Transition;
import rl.ballast.operator.learner.RestartRules;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Memory;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.objects.StillLeaving;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.Departure;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodReading;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.run.RunInterpretation;
import rl.ballast.operator.run.RunReconciler;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.LookAgain;
import rl.ballast.operator.status.Phase;
import rl.ballast.operator.status.StatusBook;
import rl.ballast.operator.status.StatusWriter;

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
    private static final Set<String> QUIET =
            Set.of("WaitingForEngines", PodReading.VOLUME_PENDING, Handover.PHASE.reason(), StillLeaving.REASON);

    private final StatusBook<RolloutPoolStatus> book = new StatusBook<>(RolloutPoolStatus::observedGeneration);
    private final PoolExecutor executor;
    private final RestartRules rules;
    private final EventWriter events;
    private final StatusWriter statuses;
    private final Memory memory;
    private final Clock clock;

    public PoolReconciler(
            KubernetesClient client,
            OperatorSettings settings,
            Tokens tokens,
            EventWriter events,
            TemplateCheck templates,
            Clock clock) {
        this.executor = new PoolExecutor(client, settings, tokens, templates, clock);
        this.rules = RestartRules.of(settings.restart());
        this.events = events;
        this.statuses = new StatusWriter(client);
        this.clock = clock;
        this.memory = new Memory(uids -> {
            book.retain(uids);
            tokens.retain(HasMetadata.getKind(RolloutPool.class), uids);
        });
    }

    @Override
    public List<EventSource<?, RolloutPool>> prepareEventSources(EventSourceContext<RolloutPool> context) {
        memory.use(context.getPrimaryCache());
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
        memory.sweep(clock.instant());
        RolloutPoolStatus before = book.newest(pool, pool.getStatus());
        List<Pod> pods = context.getSecondaryResourcesAsStream(Pod.class).toList();
        Optional<RLRun> next = HolderChoice.of(context.getSecondaryResources(RLRun.class), before);
        String uid = next.map(run -> run.getMetadata().getUid()).orElse("");
        String digest = RunInterpretation.revision(pool, uid);
        String revision = Handover.revision(uid, digest);
        boolean handingOver = pods.stream().anyMatch(pod -> Handover.awaits(pool, pod, uid, clock.instant()));
        Optional<RLRun> holder = next.filter(_ -> !handingOver);
        boolean wanted = holder.isPresent() && !pool.getSpec().suspend();
        EngineDecision engines = EnginePlanner.plan(new EngineObserved(
                wanted ? pool.getSpec().replicas() : 0,
                revision,
                pods.stream()
                        .filter(pod -> Owners.controls(pool, pod) || Departure.overdue(pod, clock.instant()))
                        .flatMap(pod -> PodFacts.of(pool.getMetadata().getName(), pod, clock.instant()).stream())
                        .map(pod -> pod.revision().equals(digest) ? pod.withRevision(revision) : pod)
                        .toList(),
                rules,
                clock.instant()));
        Optional<Hindrance> hindrance =
                executor.shared(pool, holder.orElse(null), !engines.create().isEmpty(), context);
        if (hindrance.filter(Hindrance::holdsUp).isPresent()) {
            // A new holder waits for all of it; one that has the pool keeps it.
            engines = engines.withheld(hindrance.get().blocked());
            holder = holder.filter(run -> HolderChoice.holds(run, before));
        }
        if (wanted && engines.refused() == null) {
            engines = executor.made(pool, holder.orElseThrow(), revision, engines, context);
        }
        executor.delete(pool, engines);
        Phase handover = handingOver && next.isPresent() ? Handover.PHASE : null;
        report(
                pool,
                before,
                engines,
                holder.orElse(null),
                hindrance.map(Hindrance::phase).orElse(handover));
        UpdateControl<RolloutPool> control = UpdateControl.noUpdate();
        boolean leaving = hindrance
                .map(Hindrance::phase)
                .filter(Phase.Progressing.class::isInstance)
                .isPresent();
        if (handingOver || leaving) {
            control.rescheduleAfter(Departure.LOOK);
        } else if (engines.refused() != null || hindrance.isPresent()) {
            control.rescheduleAfter(TemplateCheck.AGAIN);
        } else {
            engines.wakeUp().ifPresent(control::rescheduleAfter);
        }
        return LookAgain.after(context, control);
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
            String version = statuses.write(pool, new RolloutPool(), status);
            book.wrote(pool, pool.getMetadata().getUid(), status, version, clock.instant());
            Transition.between(before == null ? null : before.conditions(), status.conditions(), QUIET)
                    .ifPresent(change -> events.write(pool, change, clock.instant()));
        }
    }
}
