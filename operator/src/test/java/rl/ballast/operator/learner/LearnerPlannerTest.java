package rl.ballast.operator.learner;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.crds.LearnerGroupStatus.Failure;
import rl.ballast.operator.learner.LearnerDecision.Outcome;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.pods.Ending;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodKey;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pods.Role;
import rl.ballast.protocol.wire.LastWord;

class LearnerPlannerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final String REVISION = "now";
    private static final PodState UNSCHEDULABLE = new PodState.Waiting("Unschedulable", "no such node", true);
    private static final PodState INITIALIZING = new PodState.Waiting("PodInitializing", "", false);
    private static final RestartRules RULES =
            new RestartRules(Duration.ofHours(1), Duration.ofSeconds(10), Duration.ofMinutes(5));

    @Test
    void theFirstAttemptMakesEveryRank() {
        LearnerDecision decision = LearnerPlanner.plan(observed(3, true, 0, List.of()));

        assertThat(decision.attempt()).isEqualTo(1);
        assertThat(decision.ranks()).containsExactly(0, 1, 2);
        assertThat(decision.delete()).isEmpty();
    }

    @Test
    void oneFailedRankEndsTheAttemptOfAll() {
        LearnerDecision decision = LearnerPlanner.plan(
                observed(2, true, 1, List.of(), pod(0, 1, new PodState.Running(true, null)), pod(1, 1, failed(75))));

        assertThat(decision.attempt()).isEqualTo(2);
        assertThat(decision.ranks()).containsExactly(0, 1);
        assertThat(decision.delete()).containsExactly("run-learner-0-1");
        assertThat(decision.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.attempt()).isEqualTo(1);
            assertThat(failure.exitCode()).isEqualTo(75);
            assertThat(failure.counted()).isTrue();
        });
    }

    @Test
    void thatNoEngineAnswersDoesNotCountWhileTheyAreSuspended() {
        PodFacts gaveUp = pod(0, 1, failed(75));
        LearnerObserved suspended =
                new LearnerObserved(1, true, true, List.of(gaveUp), REVISION, 1, List.of(), 0, 20, 5, RULES, NOW);

        assertThat(LearnerPlanner.plan(suspended).failures())
                .extracting(Failure::counted)
                .containsExactly(false);
        assertThat(LearnerPlanner.plan(observed(1, true, 1, List.of(), gaveUp)).failures())
                .extracting(Failure::counted)
                .containsExactly(true);
    }

    @Test
    void aRecordedEndIsNotRecordedAgain() {
        Failure known = failure(1, true, 0, NOW);

        LearnerDecision decision = LearnerPlanner.plan(observed(1, true, 1, List.of(known), pod(0, 1, failed(75))));

        assertThat(decision.failures()).containsExactly(known);
        assertThat(decision.attempt()).isEqualTo(2);
    }

    /// The operator, or a write after the record, may have failed in between.
    @Test
    void whatNoRestartMendsStaysSoOnceRecorded() {
        Failure known = new Failure(1, 76, "REPLACED", true, 0, NOW.toString());

        for (List<PodFacts> pods : List.of(List.of(pod(0, 1, failed(76))), List.<PodFacts>of())) {
            LearnerDecision decision =
                    LearnerPlanner.plan(observed(1, true, 1, List.of(known), pods.toArray(PodFacts[]::new)));
            assertThat(decision.ranks()).isEmpty();
            assertThat(decision.failures()).containsExactly(known);
            assertThat(decision.outcome())
                    .isInstanceOfSatisfying(
                            Outcome.Failed.class,
                            failed -> assertThat(failed.reason()).isEqualTo("Replaced"));
        }
    }

    /// Its creation was given up for lost, and the next attempt was made.
    @Test
    void aPodThatCameLateIsDeleted() {
        LearnerDecision decision = LearnerPlanner.plan(observed(
                1,
                true,
                3,
                List.of(failure(1, true, 0, NOW)),
                pod(0, 1, failed(75)),
                pod(0, 2, new PodState.Running(true, null)),
                pod(0, 3, new PodState.Running(true, null))));

        assertThat(decision.delete()).containsExactlyInAnyOrder("run-learner-0-1", "run-learner-0-2");
        assertThat(decision.outcome()).isEqualTo(new Outcome.Running(true));
    }

    @Test
    void podsThatAreTakenAwayAgainAndAgainCostPausesAndNoBudget() {
        List<Failure> failures = new ArrayList<>();
        for (int attempt = 1; attempt <= 9; attempt++) {
            PodFacts going = pod(0, attempt, new PodState.Terminating());
            LearnerDecision decision = LearnerPlanner.plan(observed(1, true, attempt, failures, going));
            assertThat(decision.attempt()).isEqualTo(attempt == 1 ? 2 : attempt);
            assertThat(decision.wakeUp())
                    .isEqualTo(attempt == 1 ? Optional.empty() : Optional.of(RULES.delay(attempt)));
            assertThat(decision.outcome()).isInstanceOf(Outcome.Restarting.class);
            failures = decision.failures();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "78,ConfigurationError",
        "64,ConfigurationError",
        "65,CorruptData",
        "70,NumericalFailure",
        "73,StoreRefused",
        "76,Replaced"
    })
    void whatNoRestartMendsFailsTheRunAtOnce(int code, String reason) {
        LearnerDecision decision = LearnerPlanner.plan(observed(1, true, 1, List.of(), pod(0, 1, failed(code))));

        assertThat(decision.ranks()).isEmpty();
        assertThat(decision.outcome())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo(reason));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 74, 75, 137})
    void whatARestartMayMendStartsAgain(int code) {
        LearnerDecision decision = LearnerPlanner.plan(observed(1, true, 1, List.of(), pod(0, 1, failed(code))));

        assertThat(decision.attempt()).isEqualTo(2);
        assertThat(decision.failures().getLast().counted()).isTrue();
    }

    @Test
    void theBudgetEndsTheRun() {
        List<Failure> failures = new ArrayList<>();
        for (int attempt = 1; attempt <= 5; attempt++) {
            failures.add(failure(attempt, true, 0, NOW.minusSeconds(60)));
        }

        LearnerDecision decision = LearnerPlanner.plan(observed(1, true, 6, failures, pod(0, 6, failed(1))));

        assertThat(decision.outcome()).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
            assertThat(failed.reason()).isEqualTo("RestartBudgetExhausted");
            assertThat(failed.message()).contains("6 failures").contains("restartLimit 5");
        });
    }

    @Test
    void progressAndAgeForgiveFailures() {
        List<Failure> failures = new ArrayList<>();
        for (int attempt = 1; attempt <= 10; attempt++) {
            failures.add(
                    attempt % 2 == 0
                            ? failure(attempt, true, 2, NOW.minusSeconds(60))
                            : failure(attempt, true, 7, NOW.minus(Duration.ofHours(2))));
        }

        LearnerDecision decision = LearnerPlanner.plan(new LearnerObserved(
                1, true, false, List.of(pod(0, 11, failed(1))), REVISION, 11, failures, 7, 20, 5, RULES, NOW));

        assertThat(decision.attempt()).isEqualTo(12);
    }

    @Test
    void repeatedFailuresWaitLongerAndLonger() {
        assertThat(RULES.delay(1)).isZero();
        assertThat(RULES.delay(2)).isEqualTo(Duration.ofSeconds(10));
        assertThat(RULES.delay(3)).isEqualTo(Duration.ofSeconds(20));
        assertThat(RULES.delay(30)).isEqualTo(Duration.ofMinutes(5));

        LearnerDecision decision = LearnerPlanner.plan(observed(
                1, true, 2, List.of(failure(1, true, 0, NOW), failure(2, true, 0, NOW)), pod(0, 2, failed(1))));

        assertThat(decision.ranks()).isEmpty();
        assertThat(decision.wakeUp()).contains(Duration.ofSeconds(10));
    }

    /// The largest limit that the schema allows.
    @Test
    void disruptionsPushNoFailureThatCountsOut() {
        List<Failure> failures = new ArrayList<>();
        int attempt = 1;
        for (int failure = 1; failure <= 31; failure++) {
            for (int disruption = 0; disruption < 3; disruption++) {
                failures = evicted(attempt++, failures);
            }
            LearnerDecision decision = decide(attempt++, failures, failed(1));
            assertThat(decision.outcome()).as("failure %d", failure).isInstanceOf(Outcome.Restarting.class);
            failures = decision.failures();
            assertThat(failures).hasSizeLessThanOrEqualTo(LearnerPlanner.MAX_FAILURES);
        }
        failures = evicted(attempt++, failures);
        failures = evicted(attempt++, failures);

        assertThat(decide(attempt, failures, failed(1)).outcome())
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.message()).startsWith("32 failures without a new step"));
    }

    private static List<Failure> evicted(int attempt, List<Failure> before) {
        LearnerDecision decision =
                decide(attempt, before, new PodState.Failed(new Ending(null, "Evicted", true, "", null)));
        assertThat(decision.failures().getLast().attempt()).isEqualTo(attempt);
        return decision.failures();
    }

    private static LearnerDecision decide(int attempt, List<Failure> failures, PodState state) {
        return LearnerPlanner.plan(new LearnerObserved(
                1,
                true,
                false,
                List.of(pod(0, attempt, state)),
                REVISION,
                attempt,
                failures,
                0,
                20,
                31,
                new RestartRules(Duration.ofHours(1), Duration.ZERO, Duration.ZERO),
                NOW));
    }

    /// As the kubelet leaves a pod that pressure on its node has cost.
    @Test
    void anEvictionIsNotCounted() {
        Pod evicted = new PodBuilder()
                .withNewMetadata()
                .withName("run-learner-0-1")
                .withCreationTimestamp(NOW.toString())
                .withLabels(Map.of(Labels.ROLE, "learner", Labels.INDEX, "0", Labels.ATTEMPT, "1"))
                .endMetadata()
                .withNewStatus()
                .withPhase("Failed")
                .withReason("Evicted")
                .withMessage("The node was low on resource: memory.")
                .addNewCondition()
                .withType("DisruptionTarget")
                .withStatus("True")
                .withReason("TerminationByKubelet")
                .endCondition()
                .addNewContainerStatus()
                .withName("learner")
                .withNewState()
                .withNewTerminated()
                .withExitCode(137)
                .withReason("Error")
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();

        LearnerDecision decision = LearnerPlanner.plan(
                observed(1, true, 1, List.of(), PodFacts.of("run", evicted, NOW).orElseThrow()));

        assertThat(decision.attempt()).isEqualTo(2);
        assertThat(decision.failures().getLast().counted()).isFalse();
        assertThat(decision.failures().getLast().reason()).isEqualTo("Evicted");
    }

    @Test
    void aLearnerThatHasNotStartedIsReplacedWhenItIsDescribedAnew() {
        for (PodState waiting : List.of(UNSCHEDULABLE, INITIALIZING)) {
            LearnerDecision decision =
                    LearnerPlanner.plan(observed(1, true, 1, List.of(), made("before", waiting, false)));

            assertThat(decision.attempt()).isEqualTo(2);
            assertThat(decision.ranks()).containsExactly(0);
            assertThat(decision.roll()).containsExactly("run-learner-0-1");
            assertThat(decision.failures()).isEmpty();
            assertThat(decision.withheld().roll())
                    .as("the server takes no other")
                    .isEmpty();
            assertThat(decision.withheld().delete()).isEmpty();
            assertThat(decision.withheld().attempt()).isEqualTo(1);
        }
    }

    @Test
    void aLearnerThatHasStartedOrIsAsDescribedIsLeftAlone() {
        for (PodFacts pod : List.of(
                made(REVISION, UNSCHEDULABLE, false),
                // Made by an operator that wrote no revision.
                made("", UNSCHEDULABLE, false),
                // Its data are being fetched.
                made("before", INITIALIZING, true),
                made("before", new PodState.Running(false, null), true))) {
            LearnerDecision decision = LearnerPlanner.plan(observed(1, true, 1, List.of(), pod));

            assertThat(decision.attempt()).as(pod.toString()).isEqualTo(1);
            assertThat(decision.ranks()).isEmpty();
            assertThat(decision.roll()).isEmpty();
            assertThat(decision.delete()).isEmpty();
        }
    }

    @Test
    void aNodeThatTurnedAwayAnOlderLearnerCostsNothing() {
        PodState turnedAway = new PodState.Failed(new Ending(null, "NodeAffinity", false, "no such label", null));

        assertThat(LearnerPlanner.plan(observed(1, true, 1, List.of(), made("before", turnedAway, false)))
                        .failures())
                .extracting(Failure::counted)
                .containsExactly(false);
        assertThat(LearnerPlanner.plan(observed(1, true, 1, List.of(), made(REVISION, turnedAway, false)))
                        .failures())
                .extracting(Failure::counted)
                .containsExactly(true);
    }

    @Test
    void aSidecarThatOutlivesItsLearnerGoesWhenTheStatusHasTheLastWord() {
        PodFacts done = busy(1, new PodState.Succeeded(null));
        LearnerDecision complete = LearnerPlanner.plan(observed(1, true, 1, List.of(), done));
        assertThat(complete.outcome()).isEqualTo(new Outcome.Complete());
        assertThat(complete.delete()).isEmpty();
        assertThat(complete.wakeUp()).isPresent();

        LearnerDecision failed = LearnerPlanner.plan(observed(1, true, 1, List.of(), busy(1, failed(78))));
        assertThat(failed.outcome()).isInstanceOf(Outcome.Failed.class);
        assertThat(failed.delete()).isEmpty();
        assertThat(failed.wakeUp()).isPresent();

        assertThat(LearnerPlanner.plan(observed(1, false, 1, List.of(), done)).delete())
                .as("the run has ended")
                .containsExactly("run-learner-0-1");
        LearnerDecision next = LearnerPlanner.plan(observed(1, true, 1, List.of(), busy(1, failed(75))));
        assertThat(next.attempt()).isEqualTo(2);
        assertThat(next.delete()).as("its failure is on record").containsExactly("run-learner-0-1");
    }

    @Test
    void aPodInTerminatingIsReplacedAtOnce() {
        LearnerDecision decision =
                LearnerPlanner.plan(observed(1, true, 1, List.of(), pod(0, 1, new PodState.Terminating())));

        assertThat(decision.attempt()).isEqualTo(2);
        assertThat(decision.ranks()).containsExactly(0);
        assertThat(decision.delete()).isEmpty();
    }

    @Test
    void suspensionDeletesEveryPodAndResumeIsTheNextAttempt() {
        LearnerDecision suspended =
                LearnerPlanner.plan(observed(1, false, 1, List.of(), pod(0, 1, new PodState.Running(true, null))));
        assertThat(suspended.delete()).containsExactly("run-learner-0-1");
        assertThat(suspended.outcome()).isInstanceOf(Outcome.Suspended.class);

        LearnerDecision resumed = LearnerPlanner.plan(observed(1, true, 1, List.of()));
        assertThat(resumed.attempt()).isEqualTo(2);
        assertThat(resumed.failures()).isEmpty();
    }

    @Test
    void successOfEveryRankIsTheEndUnlessStepsWereRaised() {
        LastWord word = new LastWord(0, "COMPLETE", false, 20, 21L, "trained 20 steps", null);

        LearnerDecision done =
                LearnerPlanner.plan(observed(1, true, 1, List.of(), pod(0, 1, new PodState.Succeeded(word))));
        assertThat(done.outcome()).isEqualTo(new Outcome.Complete());

        LearnerDecision raised = ended(1, 20, 40, 0, List.of());
        assertThat(raised.attempt()).as("whatever the budget").isEqualTo(2);
        assertThat(raised.ranks()).containsExactly(0);
        assertThat(ended(2, 40, 80, 0, raised.failures()).attempt()).isEqualTo(3);
    }

    @Test
    void aLearnerThatEndsAgainAndAgainWithStepsLeftSpendsTheBudget() {
        List<Failure> failures = List.of();
        for (int attempt = 1; attempt <= 7; attempt++) {
            LearnerDecision decision = ended(attempt, 20, 40, 5, failures);
            failures = decision.failures();
            assertThat(failures.getLast().counted()).isEqualTo(attempt > 1);
            assertThat(decision.ranks()).as("attempt %d", attempt).hasSize(attempt < 2 ? 1 : 0);
            assertThat(decision.outcome()).isInstanceOf(attempt < 7 ? Outcome.Restarting.class : Outcome.Failed.class);
        }

        assertThat(ended(7, 20, 40, 5, failures).outcome()).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
            assertThat(failed.reason()).isEqualTo("RestartBudgetExhausted");
            assertThat(failed.message()).contains("trained 20 of 40 steps");
        });
        assertThat(ended(7, 20, 20, 5, failures).outcome())
                .as("somebody lowers the steps meanwhile")
                .isEqualTo(new Outcome.Complete());
        assertThat(ended(7, 21, 40, 5, failures).attempt())
                .as("a new step resets the budget")
                .isEqualTo(8);
    }

    /// What follows the success of an attempt.
    private static LearnerDecision ended(int attempt, int step, int steps, int limit, List<Failure> before) {
        LastWord word = new LastWord(0, "COMPLETE", false, step, step + 1L, "trained", null);
        return LearnerPlanner.plan(new LearnerObserved(
                1,
                true,
                false,
                List.of(pod(0, attempt, new PodState.Succeeded(word))),
                REVISION,
                attempt,
                before,
                step,
                steps,
                limit,
                RULES,
                NOW));
    }

    @Test
    void theNewestEndedPodStaysForItsLog() {
        LearnerDecision decision = LearnerPlanner.plan(observed(
                1,
                true,
                3,
                List.of(failure(1, true, 0, NOW), failure(2, true, 0, NOW)),
                pod(0, 1, failed(1)),
                pod(0, 2, failed(1)),
                pod(0, 3, new PodState.Running(true, null))));

        assertThat(decision.delete()).containsExactly("run-learner-0-1");
        assertThat(decision.outcome()).isEqualTo(new Outcome.Running(true));
    }

    private static LearnerObserved observed(
            int ranks, boolean wanted, int attempt, List<Failure> failures, PodFacts... pods) {
        return new LearnerObserved(
                ranks, wanted, false, List.of(pods), REVISION, attempt, failures, 0, 20, 5, RULES, NOW);
    }

    private static PodFacts pod(int rank, int attempt, PodState state) {
        return new PodFacts(
                new PodKey("run", Role.LEARNER, rank, attempt),
                "uid-" + rank + attempt,
                "",
                state,
                0,
                "10.0.0.1",
                false,
                NOW,
                0);
    }

    private static PodFacts made(String revision, PodState state, boolean busy) {
        return new PodFacts(new PodKey("run", Role.LEARNER, 0, 1), "uid-01", revision, state, 0, null, busy, NOW, 0);
    }

    /// One in which another container runs on.
    private static PodFacts busy(int attempt, PodState state) {
        return new PodFacts(
                new PodKey("run", Role.LEARNER, 0, attempt), "uid-0" + attempt, "", state, 0, "10.0.0.1", true, NOW, 0);
    }

    private static PodState failed(int code) {
        @Nullable LastWord none = null;
        String name = rl.ballast.protocol.role.ExitCode.of(code).map(Enum::name).orElse("ExitCode" + code);
        return new PodState.Failed(new Ending(code, name, false, "container learner ended", none));
    }

    private static Failure failure(int attempt, boolean counted, int step, Instant time) {
        return new Failure(attempt, 1, "INTERNAL", counted, step, time.toString());
    }
}
