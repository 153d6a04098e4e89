package rl.ballast.operator.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.LearnerGroupSpec;
import rl.ballast.crds.LearnerGroupStatus;
import rl.ballast.crds.LearnerGroupStatus.Failure;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.file.RunFile;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.Ending;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodKey;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.LastWord;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.protocol.wire.WireJson;

/// What is observed of the quickstart run, as tests of the pure rules say it: all its objects are there.
record Observation(
        RLRun run,
        @Nullable RLRunStatus status,
        @Nullable LearnerGroupStatus group,
        List<PodFacts> pods,
        Optional<LearnerProgress> progress,
        boolean silent,
        Instant now) {
    static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final int RESTART_LIMIT = 5;
    private static final Path RUN = Path.of("src/test/golden/quickstart/rlrun.yaml");
    private static final String UID = "6f1c2a34-0000-4000-8000-000000000001";

    /// @param edit of its spec
    static Observation of(Edit edit) {
        ObjectNode json = RunFile.read(RUN).json();
        edit.of(json.withObject("/spec"));
        RLRun run = new KubernetesSerialization().convertValue(json, RLRun.class);
        run.getMetadata().setGeneration(1L);
        run.getMetadata().setUid(UID);
        run.getMetadata().setNamespace("team-a");
        return new Observation(run, null, null, List.of(), Optional.empty(), false, NOW);
    }

    static Observation of() {
        return of(_ -> {});
    }

    interface Edit {
        void of(ObjectNode spec);
    }

    Observation before(@Nullable RLRunStatus written) {
        return new Observation(run, written, group, pods, progress, silent, now);
    }

    /// @param failures on record, of attempts that are over
    Observation attempt(int attempt, List<Failure> failures) {
        return attempt(attempt, 0, failures);
    }

    Observation attempt(int attempt, int restarts, List<Failure> failures) {
        var record = new LearnerGroupStatus(null, null, null, null, null, restarts, null, attempt, failures);
        return new Observation(run, status, record, pods, progress, silent, now);
    }

    Observation pods(PodFacts... there) {
        return new Observation(run, status, group, List.of(there), progress, silent, now);
    }

    /// @param json as a learner answers
    Observation said(String json) {
        return new Observation(run, status, group, pods, Optional.of(read(json)), silent, now);
    }

    /// The same when the learner has not answered for several looks.
    Observation fallenSilent() {
        return new Observation(run, status, group, pods, progress, true, now);
    }

    Observation at(Instant time) {
        return new Observation(run, status, group, pods, progress, silent, time);
    }

    RunObserved observed() {
        var json = new KubernetesSerialization();
        LearnerGroup learners = json.convertValue(new ChildRenderer(json).group(run), LearnerGroup.class);
        var spec = learners.getSpec();
        // The schema's default.
        learners.setSpec(
                new LearnerGroupSpec(spec.runRef(), spec.replicas(), spec.suspend(), RESTART_LIMIT, spec.template()));
        learners.getMetadata().setOwnerReferences(List.of(Owners.of(run)));
        RolloutPool pool = json.convertValue(new ChildRenderer(json).pool(run, true), RolloutPool.class);
        return new RunObserved(
                run, status, learners, group, pool, pods, null, null, null, null, Others.NONE, progress, silent, now);
    }

    RunDecision decide() {
        return RunDecider.decide(observed(), TestSettings.of());
    }

    RLRunStatus build() {
        return RunStatusBuilder.build(observed(), decide());
    }

    static PodFacts learner(int attempt, PodState state) {
        return pod(Role.LEARNER, 0, attempt, state);
    }

    static PodFacts engine(int index, PodState state) {
        return pod(Role.ENGINE, index, 1, state);
    }

    private static PodFacts pod(Role role, int index, int attempt, PodState state) {
        return new PodFacts(
                new PodKey("quickstart", role, index, attempt),
                "uid",
                "",
                state,
                0,
                "10.0.0.1",
                false,
                Instant.EPOCH,
                0);
    }

    /// @param step of its last word
    static PodState failed(int code, String reason, int step) {
        boolean retryable = ExitCode.of(code).orElseThrow().retryable();
        var word = new LastWord(code, reason, retryable, step, step + 1L, "it broke", null);
        return new PodState.Failed(new Ending(code, reason, false, "it broke", word));
    }

    static Failure failure(int attempt, int step) {
        return new Failure(
                attempt, 75, "UNAVAILABLE", true, step, NOW.minusSeconds(60).toString());
    }

    static LearnerProgress read(String json) {
        try {
            return WireJson.reports().readValue(json, LearnerProgress.class);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    /// `Status Reason` of a condition; empty if there is none.
    static String condition(@Nullable RLRunStatus status, ConditionType type) {
        return Conditions.find(status == null ? null : status.conditions(), type)
                .map((Condition found) -> found.getStatus() + " " + found.getReason())
                .orElse("");
    }
}
