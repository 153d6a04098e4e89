package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.pool.HolderChoice;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.protocol.wire.LastWord;
import rl.ballast.protocol.wire.LearnerProgress;

/// All that is known of a run at one moment.
///
/// @param status newest status that was written, which the cache may not have yet
/// @param group this run's own
/// @param pool own or named; null while it is not there
/// @param pods of the run's own group and pool
/// @param claim of the store, if the operator makes it
/// @param others what is in its way
/// @param progress what the learner last said; empty for a run that has ended: its status has the last word
/// @param silent whether it has not answered for several looks
public record RunObserved(
        RLRun run,
        @Nullable RLRunStatus status,
        @Nullable LearnerGroup group,
        @Nullable LearnerGroupStatus groupStatus,
        @Nullable RolloutPool pool,
        List<PodFacts> pods,
        @Nullable Service service,
        @Nullable NetworkPolicy policy,
        @Nullable PersistentVolumeClaim claim,
        @Nullable PodDisruptionBudget budget,
        Others others,
        Optional<LearnerProgress> progress,
        boolean silent,
        Instant now) {
    public RunObserved {
        pods = List.copyOf(pods);
        progress = ended(status) ? Optional.empty() : progress;
    }

    public String name() {
        return run.getMetadata().getName();
    }

    public String namespace() {
        return run.getMetadata().getNamespace();
    }

    public String uid() {
        return run.getMetadata().getUid();
    }

    public long generation() {
        Long generation = run.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }

    public RLRunSpec spec() {
        return run.getSpec();
    }

    /// Whether the run names a pool that lives apart from it.
    public boolean sharesPool() {
        return spec().rollouts().pool() != null;
    }

    /// Whether the pool is there and this run may use it.
    public boolean holdsPool() {
        RolloutPool there = pool;
        if (there == null) {
            return false;
        }
        return sharesPool() ? HolderChoice.holds(run, there.getStatus()) : Owners.controls(run, there);
    }

    /// Whether its status says that it is over.
    public boolean hasEnded() {
        return ended(status);
    }

    private static boolean ended(@Nullable RLRunStatus status) {
        return status != null
                && (Conditions.isTrue(status.conditions(), ConditionType.Complete)
                        || Conditions.isTrue(status.conditions(), ConditionType.Failed));
    }

    /// Trained steps, by whoever knows of the most: the status, the last look at the learner, or what one has left.
    public int step() {
        int known = status == null || status.step() == null ? 0 : status.step();
        int said = progress.map(LearnerProgress::step).orElse(0);
        int left = pods(Role.LEARNER).stream()
                .flatMap(pod -> pod.lastWord().stream())
                .mapToInt(LastWord::step)
                .max()
                .orElse(0);
        int recorded = groupStatus == null || groupStatus.failures() == null
                ? 0
                : groupStatus.failures().stream()
                        .mapToInt(LearnerGroupStatus.Failure::step)
                        .max()
                        .orElse(0);
        return IntStream.of(known, said, left, recorded).max().orElseThrow();
    }

    /// The epoch that a learner tells, as far as a status can hold it.
    static int epoch(LearnerProgress said) {
        return Math.clamp(said.epoch(), 0, Integer.MAX_VALUE);
    }

    /// What the newest learner that has ended left; empty while one runs.
    public Optional<LastWord> lastWord() {
        return pods(Role.LEARNER).stream()
                .max(Comparator.comparingInt(pod -> pod.key().attempt()))
                .flatMap(PodFacts::lastWord);
    }

    public List<PodFacts> pods(Role role) {
        return pods.stream().filter(pod -> pod.key().role() == role).toList();
    }
}
