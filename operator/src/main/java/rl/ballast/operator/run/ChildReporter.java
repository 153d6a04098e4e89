package rl.ballast.operator.run;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.LearnerGroupStatus.Failure;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.operator.learner.LearnerDecision;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.pool.EngineDecision;
import rl.ballast.operator.pool.PoolStatusBuilder;
import rl.ballast.operator.status.Conditions;
import rl.ballast.operator.status.Phase;
import rl.ballast.operator.status.StatusBook;
import rl.ballast.operator.status.StatusWriter;

/// Writes the statuses of a run's learner group and own pool. The first one may wait a moment: mostly the pods are
/// ready by then, and one write says it all.
final class ChildReporter {
    private static final Duration SETTLE = Duration.ofSeconds(5);

    private final StatusWriter writer;
    private final StatusBook<LearnerGroupStatus> groups;
    private final StatusBook<RolloutPoolStatus> pools;

    ChildReporter(KubernetesClient client, StatusBook<LearnerGroupStatus> groups, StatusBook<RolloutPoolStatus> pools) {
        this.writer = new StatusWriter(client);
        this.groups = groups;
        this.pools = pools;
    }

    /// The end of an attempt is on record before the next one starts.
    void recordFailures(RunObserved observed, RunDecision decision) {
        LearnerDecision learner = decision.learner();
        if (learner != null && !learner.failures().equals(recorded(observed))) {
            report(observed, groupStatus(observed, decision, learner));
        }
    }

    private static List<Failure> recorded(RunObserved observed) {
        LearnerGroupStatus status = observed.groupStatus();
        return status == null || status.failures() == null ? List.of() : status.failures();
    }

    /// @return when to come again for a write that was put off
    Optional<Duration> report(RunObserved observed, RunDecision decision) {
        LearnerDecision learner = decision.learner();
        LearnerGroup group = observed.group();
        if (learner == null || group == null) {
            return Optional.empty();
        }
        boolean settled = !(decision.phase() instanceof Phase.Progressing);
        Duration age = Duration.between(Instant.parse(group.getMetadata().getCreationTimestamp()), observed.now());
        boolean young = !age.isNegative() && age.compareTo(SETTLE) < 0; // by clocks that may differ
        if (!settled && young && observed.groupStatus() == null) {
            return Optional.of(SETTLE.minus(age));
        }
        report(observed, groupStatus(observed, decision, learner));
        RolloutPool pool = observed.pool();
        EngineDecision engines = decision.engines();
        if (pool != null && engines != null) {
            reportPool(observed, decision, pool, engines);
        }
        return Optional.empty();
    }

    private void reportPool(RunObserved observed, RunDecision decision, RolloutPool pool, EngineDecision engines) {
        RolloutPoolStatus before = pools.newest(pool, pool.getStatus());
        Long served = observed.progress()
                .map(progress ->
                        progress.engines() == null ? null : progress.engines().served())
                .orElse(before == null ? null : before.policyVersion());
        RolloutPoolStatus status = PoolStatusBuilder.build(
                pool,
                before,
                engines,
                decision.phase().terminal() ? null : observed.run(),
                null,
                served,
                observed.now());
        if (!status.equals(before)) {
            String version = writer.write(pool, new RolloutPool(), status);
            pools.wrote(pool, observed.uid(), status, version, observed.now());
        }
    }

    private void report(RunObserved observed, LearnerGroupStatus status) {
        LearnerGroup group = observed.group();
        if (group != null && !status.equals(groups.newest(group, group.getStatus()))) {
            String version = writer.write(group, new LearnerGroup(), status);
            groups.wrote(group, observed.uid(), status, version, observed.now());
        }
    }

    private static LearnerGroupStatus groupStatus(RunObserved observed, RunDecision decision, LearnerDecision learner) {
        LearnerGroup group = observed.group();
        @Nullable LearnerGroupStatus before = observed.groupStatus();
        Long generation = group == null ? null : group.getMetadata().getGeneration();
        Conditions conditions = new Conditions(before == null ? null : before.conditions(), generation, observed.now());
        Phase phase = decision.phase().terminal() ? decision.phase() : LearnerPhases.of(learner.outcome());
        phase.describe(conditions);
        List<PodFacts> pods = observed.pods(Role.LEARNER).stream()
                .filter(pod -> pod.key().attempt() == learner.attempt())
                .toList();
        int present = learner.ranks().isEmpty()
                ? (int) pods.stream().filter(PodFacts::live).count()
                : learner.ranks().size();
        return new LearnerGroupStatus(
                generation,
                conditions.list(),
                present,
                (int) pods.stream().filter(PodFacts::ready).count(),
                observed.progress().map(RunObserved::epoch).orElse(before == null ? null : before.epoch()),
                learner.restarts(before),
                learner.failures().isEmpty()
                        ? null
                        : learner.failures().getLast().exitCode(),
                learner.attempt(),
                learner.failures().isEmpty() ? null : learner.failures());
    }
}
