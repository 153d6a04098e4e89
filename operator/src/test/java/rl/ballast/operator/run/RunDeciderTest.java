package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static rl.ballast.operator.run.Observation.engine;
import static rl.ballast.operator.run.Observation.failed;
import static rl.ballast.operator.run.Observation.failure;
import static rl.ballast.operator.run.Observation.learner;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroupStatus.Failure;
import rl.ballast.crds.RLRunStatus;
import rl.ballast.operator.pods.PodReading;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Phase;

class RunDeciderTest {
    private static final String AT_STEP_3 = """
            {"phase": "generate", "step": 3, "steps": 60, "epoch": 1, "policyVersion": 4}""";

    /// The last look at it was two steps before it died.
    @Test
    void stepsThatOnlyTheLastWordKnowsAreProgress() {
        List<Failure> before =
                IntStream.rangeClosed(1, 5).mapToObj(i -> failure(i, 3)).toList();
        RunDecision decision = Observation.of()
                .attempt(6, before)
                .pods(learner(6, failed(75, "UNAVAILABLE", 5)))
                .said(AT_STEP_3)
                .decide();

        assertThat(decision.phase().reason()).isEqualTo("Restarting");
        var learner = Objects.requireNonNull(decision.learner());
        assertThat(learner.attempt()).isEqualTo(7);
        assertThat(learner.failures().getLast().step()).isEqualTo(5);
    }

    @Test
    void aLearnerThatHasTrainedNothingNewSpendsTheBudget() {
        List<Failure> before =
                IntStream.rangeClosed(1, 5).mapToObj(i -> failure(i, 3)).toList();
        RunDecision decision = Observation.of()
                .attempt(6, before)
                .pods(learner(6, failed(75, "UNAVAILABLE", 3)))
                .said(AT_STEP_3)
                .decide();

        assertThat(decision.phase().reason()).isEqualTo("RestartBudgetExhausted");
    }

    @Test
    void theStatusOfAFailedRunHasTheLastWord() {
        RLRunStatus status = Observation.of()
                .attempt(1, List.of())
                .pods(learner(1, failed(70, "NUMERICS", 5)))
                .said(AT_STEP_3)
                .build();

        assertThat(Observation.condition(status, ConditionType.Failed)).isEqualTo("True NumericalFailure");
        assertThat(status.step()).isEqualTo(5);
        assertThat(status.policyVersion()).isEqualTo(6);
    }

    @Test
    void anEngineThatNeedsAPersonIsSaidWhileTheLearnerStarts() {
        PodState noImage = new PodState.Waiting("ImagePullBackOff", "no such image", true);
        RunDecision decision = Observation.of()
                .attempt(1, List.of())
                .pods(learner(1, new PodState.Waiting("PodInitializing", "", false)), engine(0, noImage))
                .decide();

        assertThat(decision.phase()).isEqualTo(new Phase.Blocked("ImagePullBackOff", "engine: no such image"));
    }

    /// Nothing happens to a pod that its node cannot set up.
    @Test
    void aPodThatWaitsIsLookedAtAgain() {
        RunDecision harmless = Observation.of()
                .attempt(1, List.of())
                .pods(
                        learner(1, new PodState.Waiting("PodInitializing", "", false)),
                        engine(0, new PodState.Running(true, null)))
                .decide();
        assertThat(harmless.wakeUp()).contains(PodReading.SET_UP);

        RunDecision stuck = Observation.of()
                .attempt(1, List.of())
                .pods(
                        learner(1, new PodState.Waiting("VolumesNotMounted", "config map 'a'", true)),
                        engine(0, new PodState.Running(true, null)))
                .decide();
        assertThat(stuck.wakeUp()).isEmpty();
        assertThat(stuck.phase()).isEqualTo(new Phase.Blocked("VolumesNotMounted", "learner: config map 'a'"));
    }

    @Test
    void aLearnerThatHasTrainedHasAnsweredBefore() {
        Observation silent = Observation.of()
                .attempt(1, List.of())
                .pods(learner(1, new PodState.Running(false, null)), engine(0, new PodState.Running(true, null)));

        assertThat(silent.decide().phase().message()).isEqualTo("the learner has not answered yet");
        assertThat(silent.said(AT_STEP_3).decide().phase().message())
                .isEqualTo("the learner does not answer; step 3 is the last that is known");
    }

    /// Whatever number of failures the status keeps, and however often a decision is made again.
    @Test
    void aRestartIsAStartAfterAFailure() {
        Observation broken =
                Observation.of().attempt(40, 39, List.of()).pods(learner(40, failed(75, "UNAVAILABLE", 3)));

        RunDecision first = broken.decide();
        assertThat(restarts(broken, first)).isEqualTo(40);
        List<Failure> recorded = Objects.requireNonNull(first.learner()).failures();
        Observation written =
                Observation.of().attempt(41, 40, recorded).pods(learner(41, new PodState.Running(false, null)));
        assertThat(restarts(written, written.decide())).isEqualTo(40);
        // The same number is in the status of the run.
        assertThat(written.build().restarts()).isEqualTo(40);

        // One that has failed for good, or waits for its next start, has not started again.
        Observation over =
                Observation.of().attempt(40, 39, List.of()).pods(learner(40, failed(78, "CONFIGURATION", 3)));
        assertThat(restarts(over, over.decide())).isEqualTo(39);
        Observation resumed = Observation.of().attempt(40, 39, List.of());
        assertThat(Objects.requireNonNull(resumed.decide().learner()).attempt()).isEqualTo(41);
        assertThat(restarts(resumed, resumed.decide())).isEqualTo(39);
    }

    private static int restarts(Observation observation, RunDecision decision) {
        return Objects.requireNonNull(decision.learner()).restarts(observation.group());
    }
}
