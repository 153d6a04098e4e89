package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.metrics.RunMeters;
import rl.ballast.operator.objects.Applier;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Memory;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.StillLeaving;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.progress.ProgressPoller;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.LookAgain;
import rl.ballast.operator.status.Phase;
import rl.ballast.operator.status.StatusBook;

/// Reconciles runs. Everything of a run but a shared pool is done here, so that nothing of one run ever happens twice
/// at the same time.
@GradualRetry(
        maxAttempts = RunReconciler.NO_LIMIT,
        initialInterval = RunReconciler.FIRST_RETRY_MILLIS,
        maxInterval = RunReconciler.LAST_RETRY_MILLIS)
@ControllerConfiguration(name = "rlrun", fieldManager = Labels.FIELD_MANAGER)
public class RunReconciler implements Reconciler<RLRun> {
    /// A failed reconciliation is tried again for as long as it takes: what failed may come back at any time.
    public static final int NO_LIMIT = -1;

    public static final long FIRST_RETRY_MILLIS = 1_000;
    public static final long LAST_RETRY_MILLIS = 60_000;

    private final SimpleInboundEventSource<RLRun> news = new SimpleInboundEventSource<>("progress");
    private final StatusBook<RLRunStatus> runStatuses = new StatusBook<>(RLRunStatus::observedGeneration);
    private final StatusBook<LearnerGroupStatus> groupStatuses =
            new StatusBook<>(LearnerGroupStatus::observedGeneration);
    private final StatusBook<RolloutPoolStatus> poolStatuses = new StatusBook<>(RolloutPoolStatus::observedGeneration);
    private final RunChildren children;
    private final RunExecutor executor;
    private final RunReporter reporter;
    private final ChildReporter childReporter;
    private final ProgressPoller poller;
    private final RunMeters meters;
    private final Memory memory;
    private final KubernetesClient client;
    private final Clock clock;

    public RunReconciler(
            KubernetesClient client,
            OperatorSettings settings,
            Tokens tokens,
            EventWriter events,
            RunMeters meters,
            TemplateCheck templates,
            Clock clock) {
        Applier applier = new Applier(client);
        this.client = client;
        this.clock = clock;
        this.meters = meters;
        this.children = new RunChildren(client, applier);
        this.executor = new RunExecutor(client, settings, applier, tokens, templates, clock);
        this.reporter = new RunReporter(client, events, runStatuses, meters, settings);
        this.childReporter = new ChildReporter(client, groupStatuses, poolStatuses);
        this.poller = new ProgressPoller(settings.progress(), this::progressed);
        this.memory = new Memory(uids -> {
            runStatuses.retain(uids);
            groupStatuses.retain(uids);
            poolStatuses.retain(uids);
            tokens.retain(HasMetadata.getKind(RLRun.class), uids);
            meters.retain(uids);
            poller.retain(key -> uids.test(List.of(key.split("/", -1)).getLast()));
        });
    }

    @Override
    public List<EventSource<?, RLRun>> prepareEventSources(EventSourceContext<RLRun> context) {
        memory.use(context.getPrimaryCache());
        poller.start(() -> memory.sweep(clock.instant())); // also when the last run is gone
        return RunSources.all(context, news);
    }

    private void progressed(String key) {
        List<String> parts = List.of(key.split("/", -1));
        news.propagateEvent(new ResourceID(parts.get(1), parts.get(0)));
    }

    @Override
    public UpdateControl<RLRun> reconcile(RLRun run, Context<RLRun> context) {
        if (run.isMarkedForDeletion()) {
            return UpdateControl.noUpdate();
        }
        RunCaches caches = new RunCaches(context);
        RunObserved observed = caches.observe(
                run, runStatuses, groupStatuses, poller.newest(key(run)), poller.silent(key(run)), clock.instant());
        try {
            return LookAgain.after(context, reconcile(observed, caches));
        } catch (KubernetesClientException e) {
            throw e;
        } catch (RuntimeException e) {
            if (!Thread.currentThread().isInterrupted()) {
                tell(observed, RunDecision.idle(defect(e), Optional.empty()), Optional.empty());
            }
            throw e;
        }
    }

    private static Phase defect(RuntimeException e) {
        return new Phase.Blocked(
                "OperatorError",
                "the operator failed at this run and tries again; its log says more, please report it: %s"
                        .formatted(e));
    }

    private UpdateControl<RLRun> reconcile(RunObserved before, RunCaches caches) {
        RunObserved observed = before;
        RunDecision decision = RunDecider.decide(observed, executor.settings());
        Optional<ObjectRefused> refused = Optional.empty();
        if (decision.acts() && !decision.phase().terminal()) {
            try {
                RunObserved complete = children.ensure(observed, caches);
                if (!complete.equals(observed)) {
                    observed = complete;
                    decision = RunDecider.decide(observed, executor.settings());
                }
            } catch (Applier.NameTaken e) {
                return tell(observed, decision.refused(nameTaken(e)), Optional.empty());
            } catch (ObjectRefused e) {
                refused = Optional.of(e);
            }
        }
        boolean begun = observed.group() != null && decision.acts();
        RunDecision done = begun ? write(observed, decision, caches) : decision;
        RunDecision told = refused.map(child -> done.blocked(child.phase())).orElse(done);
        return tell(observed, told, begun ? childReporter.report(observed, told) : Optional.empty());
    }

    private UpdateControl<RLRun> tell(RunObserved observed, RunDecision decision, Optional<Duration> child) {
        watchLearner(observed, decision);
        meters.sawEngines(observed.run(), engineRestarts(observed, decision));
        RLRunStatus status = RunStatusBuilder.build(observed, decision);
        boolean settling = child.isPresent()
                && decision.phase() instanceof Phase.Progressing
                && (decision.learner() == null || decision.learner().failures().isEmpty());
        Optional<Duration> later = reporter.report(observed.run(), observed.status(), status, settling, observed.now());
        Optional<Duration> ttl = expire(observed, status);
        UpdateControl<RLRun> control = UpdateControl.noUpdate();
        Stream.of(decision.wakeUp(), later, child, ttl)
                .flatMap(Optional::stream)
                .min(Duration::compareTo)
                .ifPresent(wait -> control.rescheduleAfter(wait.isPositive() ? wait : Duration.ofMillis(1)));
        return control;
    }

    private RunDecision write(RunObserved observed, RunDecision decision, RunCaches caches) {
        Optional<ObjectRefused> refused = Optional.empty();
        // Also while the run waits for a pool: what is wrong with it is said then, and keeps the pool from nobody.
        if (observed.pool() != null && !decision.phase().terminal()) {
            try {
                refused = executor.shared(observed, decision, caches);
            } catch (StillLeaving e) {
                return decision.waiting(e.phase());
            } catch (Applier.NameTaken e) {
                return decision.refused(nameTaken(e));
            }
        }
        Optional<Phase.Blocked> missing = refused.filter(ObjectRefused::holdsUp).map(ObjectRefused::phase);
        RunDecision allowed =
                missing.isPresent() ? decision.withheld(missing, missing) : executor.checked(observed, decision);
        childReporter.recordFailures(observed, allowed);
        RunDecision done = executor.pods(observed, allowed, caches);
        return refused.map(object -> done.blocked(object.phase())).orElse(done);
    }

    private static Phase.Refused nameTaken(Applier.NameTaken e) {
        return new Phase.Refused("NameTaken", String.valueOf(e.getMessage()));
    }

    private static int engineRestarts(RunObserved observed, RunDecision decision) {
        if (decision.engines() != null) {
            return decision.engines().restarts();
        }
        RolloutPool pool = observed.pool();
        RolloutPoolStatus status = pool == null || !observed.holdsPool() ? null : pool.getStatus();
        return status == null || status.restarts() == null ? 0 : status.restarts();
    }

    /// Asks the learner for progress while its pod has an address.
    private void watchLearner(RunObserved observed, RunDecision decision) {
        Optional<String> address = decision.phase().terminal()
                ? Optional.empty()
                : observed.pods(Role.LEARNER).stream()
                        .filter(pod -> pod.key().index() == 0 && pod.ready())
                        .map(PodFacts::address)
                        .filter(Objects::nonNull)
                        .findFirst();
        String key = key(observed.run());
        address.ifPresentOrElse(
                ip -> poller.watch(key, URI.create("http://%s:8091/v1/progress".formatted(host(ip)))),
                () -> poller.pause(key));
    }

    private static String host(String ip) {
        return ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip;
    }

    /// Deletes a run whose time after its end is over.
    private Optional<Duration> expire(RunObserved observed, RLRunStatus status) {
        Integer seconds = observed.spec().ttlSecondsAfterFinished();
        if (seconds == null || status.completionTime() == null) {
            return Optional.empty();
        }
        Duration left = Duration.between(
                observed.now(), Instant.parse(status.completionTime()).plusSeconds(seconds));
        if (left.isPositive()) {
            return Optional.of(left);
        }
        client.resource(observed.run()).lockResourceVersion().delete();
        return Optional.empty();
    }

    private static String key(RLRun run) {
        var metadata = run.getMetadata();
        return "%s/%s/%s".formatted(metadata.getNamespace(), metadata.getName(), metadata.getUid());
    }
}
