package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.Departure;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.status.StatusBook;
import rl.ballast.operator.store.ClaimRenderer;
import rl.ballast.protocol.wire.LearnerProgress;

/// Reads what is known of a run from the caches, and tells them what was just written.
final class RunCaches {
    private final Context<RLRun> context;

    RunCaches(Context<RLRun> context) {
        this.context = context;
    }

    RunObserved observe(
            RLRun run,
            StatusBook<RLRunStatus> runs,
            StatusBook<LearnerGroupStatus> groupStatuses,
            Optional<LearnerProgress> progress,
            boolean silent,
            Instant now) {
        boolean shares = run.getSpec().rollouts().pool() != null;
        List<LearnerGroup> groups = all(LearnerGroup.class);
        List<RolloutPool> pools = all(RolloutPool.class);
        List<Service> services = all(Service.class);
        List<NetworkPolicy> policies = all(NetworkPolicy.class);
        List<PodDisruptionBudget> budgets = all(PodDisruptionBudget.class);
        LearnerGroup group = one(groups, own -> Owners.controls(run, own));
        RolloutPool pool = one(pools, found -> shares || Owners.controls(run, found));
        PersistentVolumeClaim claim = claim(run);
        List<Pod> pods = all(Pod.class);
        Predicate<Pod> own = pod -> controls(group, pod) || (!shares && controls(pool, pod));
        List<Pod> foreign = pods.stream().filter(own.negate()).toList();
        return new RunObserved(
                run,
                runs.newest(run, run.getStatus()),
                group,
                group == null ? null : groupStatuses.newest(group, group.getStatus()),
                pool,
                pods.stream()
                        .filter(own.or(pod -> Departure.overdue(pod, now)))
                        .flatMap(pod -> PodFacts.of(run.getMetadata().getName(), pod, now).stream()
                                .map(fact -> own.test(pod) ? fact : fact.lost()))
                        .toList(),
                one(services, _ -> true),
                one(policies, _ -> true),
                claim,
                one(budgets, _ -> true),
                Others.of(
                        run,
                        Stream.concat(groups.stream(), shares ? Stream.empty() : pools.stream())
                                .toList(),
                        Stream.of(services, policies, budgets)
                                .flatMap(List::stream)
                                .toList(),
                        claim,
                        foreign,
                        now),
                progress,
                silent,
                now);
    }

    /// Also one that is going: it is used until its last pod has ended, and another cannot have its name before.
    private @Nullable PersistentVolumeClaim claim(RLRun run) {
        String name =
                ClaimRenderer.name(run.getMetadata().getName(), run.getSpec().storage());
        return all(PersistentVolumeClaim.class).stream()
                .filter(claim -> claim.getMetadata().getName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static boolean controls(@Nullable HasMetadata owner, Pod pod) {
        return owner != null && Owners.controls(owner, pod);
    }

    private <T extends HasMetadata> List<T> all(Class<T> type) {
        return context.getSecondaryResourcesAsStream(type).toList();
    }

    private static <T extends HasMetadata> @Nullable T one(List<T> objects, Predicate<T> which) {
        return objects.stream()
                .filter(object -> object.getMetadata().getDeletionTimestamp() == null)
                .filter(which)
                .findFirst()
                .orElse(null);
    }

    /// Makes an own write visible at once: the next reconciliation must not repeat it.
    <T extends HasMetadata> void wrote(Class<T> type, T object) {
        EventSource<T, RLRun> source = context.eventSourceRetriever().getEventSourceFor(type);
        if (source instanceof InformerEventSource<T, RLRun> informer) {
            informer.handleRecentResourceCreate(ResourceID.fromResource(object), object);
        }
    }
}
