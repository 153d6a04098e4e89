package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.learner.RestartRules;
import rl.ballast.operator.pods.Ending;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodKey;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.pods.Role;
import rl.ballast.operator.status.Phase;

class EnginePlannerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");
    private static final RestartRules RULES =
            new RestartRules(Duration.ofHours(1), Duration.ofSeconds(10), Duration.ofMinutes(5));
    private static final PodState REJECTED =
            new PodState.Failed(new Ending(null, "OutOfcpu", false, "the node has too few processors", null));
    private static final PodState READY = new PodState.Running(true, null);
    private static final PodState NOT_READY = new PodState.Running(false, null);

    @Test
    void everyIndexGetsAPod() {
        EngineDecision decision = plan(2);

        assertThat(decision.create()).containsExactly(new EngineDecision.Start(0, 1), new EngineDecision.Start(1, 1));
    }

    @Test
    void onlyWhatIsMissingIsMade() {
        EngineDecision decision = plan(3, pod(0, 1, "new", READY), pod(2, 4, "new", NOT_READY));

        assertThat(decision.create()).containsExactly(new EngineDecision.Start(1, 1));
        assertThat(decision.delete()).isEmpty();
        assertThat(decision.ready()).isEqualTo(1);
    }

    @Test
    void aPodThatIsGoingIsReplacedAtOnceUnderTheNextAttempt() {
        EngineDecision decision = plan(1, pod(0, 3, "new", new PodState.Terminating()));

        assertThat(decision.create()).containsExactly(new EngineDecision.Start(0, 4));
        assertThat(decision.delete()).isEmpty();
    }

    @Test
    void anEvictedPodIsReplacedAndRemoved() {
        PodState evicted = new PodState.Failed(new Ending(null, "Evicted", true, "", null));

        EngineDecision decision = plan(1, pod(0, 1, "new", evicted));

        assertThat(decision.create()).containsExactly(new EngineDecision.Start(0, 2, 1));
        assertThat(decision.delete()).containsExactly("pool-engine-0-1");
    }

    @Test
    void oneThatEndsAgainIsKeptAndWaitedFor() {
        EngineDecision decision = plan(1, ended(2, 1, NOW.minusSeconds(3)));

        assertThat(decision.create()).isEmpty();
        assertThat(decision.delete()).isEmpty();
        assertThat(decision.wakeUp()).contains(Duration.ofSeconds(7));
        assertThat(decision.trouble())
                .contains("pool-engine-0-2", "as 1 before it", "OutOfcpu: the node has too few processors");
    }

    @Test
    void thePauseGrowsAndThenTheNextOneIsMade() {
        assertThat(plan(1, ended(3, 2, NOW.minusSeconds(10))).wakeUp()).contains(Duration.ofSeconds(10));
        assertThat(plan(1, ended(9, 8, NOW)).wakeUp()).contains(Duration.ofMinutes(5));

        EngineDecision decision = plan(1, ended(3, 2, NOW.minusSeconds(20)));
        assertThat(decision.create()).containsExactly(new EngineDecision.Start(0, 4, 3));
        assertThat(decision.delete()).containsExactly("pool-engine-0-3");
        assertThat(decision.wakeUp()).isEmpty();
    }

    @Test
    void oneThatCameUpStartsTheCountAnew() {
        EngineDecision decision = plan(1, ended(9, 8, NOW.minus(Duration.ofHours(2))));

        assertThat(decision.create()).containsExactly(new EngineDecision.Start(0, 10, 1));
    }

    @Test
    void oneThatSomebodyTakesAwayIsNoFailure() {
        EngineDecision decision = plan(1, pod(0, 9, new PodState.Terminating(), NOW, 8));

        assertThat(decision.create()).containsExactly(new EngineDecision.Start(0, 10, 0));
    }

    @Test
    void scalingDownTakesTheHighest() {
        EngineDecision decision =
                plan(1, pod(0, 1, "new", READY), pod(1, 1, "new", READY), pod(2, 1, "new", new PodState.Terminating()));

        assertThat(decision.delete()).containsExactly("pool-engine-1-1");
    }

    @Test
    void aNewRevisionRollsOneEngineAtATime() {
        EngineDecision decision = plan(3, pod(0, 1, "old", READY), pod(1, 1, "old", READY), pod(2, 1, "old", READY));

        assertThat(decision.roll()).containsExactly("pool-engine-2-1");
        assertThat(decision.outdated()).isEqualTo(3);
    }

    @Test
    void theNextOneWaitsForAVerifiedEngine() {
        EngineDecision decision =
                plan(3, pod(0, 1, "old", READY), pod(1, 1, "old", READY), pod(2, 2, "new", NOT_READY));

        assertThat(decision.roll()).isEmpty();
    }

    @Test
    void anOutdatedEngineThatDoesNotServeGoesAtOnce() {
        EngineDecision decision = plan(2, pod(0, 1, "old", READY), pod(1, 1, "old", NOT_READY));

        assertThat(decision.roll()).containsExactly("pool-engine-1-1");
    }

    @Test
    void noReplicasMeansNoPods() {
        EngineDecision decision = plan(0, pod(0, 1, "new", READY), pod(1, 1, "new", NOT_READY));

        assertThat(decision.delete()).containsExactlyInAnyOrder("pool-engine-0-1", "pool-engine-1-1");
        assertThat(decision.create()).isEmpty();
    }

    @Test
    void whileTheServerTakesNoPodsNoneIsGivenUpButSurplusOnesGo() {
        EngineDecision decision = plan(2, pod(1, 1, "old", READY), pod(2, 1, "old", READY))
                .withheld(new Phase.Blocked("TemplateRefused", "no"));

        assertThat(decision.create()).isEmpty();
        assertThat(decision.roll()).isEmpty();
        assertThat(decision.delete()).containsExactly("pool-engine-2-1");
    }

    private static EngineDecision plan(int replicas, PodFacts... pods) {
        return EnginePlanner.plan(new EngineObserved(replicas, "new", List.of(pods), RULES, NOW));
    }

    private static PodFacts pod(int index, int attempt, String revision, PodState state) {
        return pod(index, attempt, state, NOW, 0).withRevision(revision);
    }

    private static PodFacts ended(int attempt, int endedBefore, Instant created) {
        return pod(0, attempt, REJECTED, created, endedBefore);
    }

    private static PodFacts pod(int index, int attempt, PodState state, Instant created, int endedBefore) {
        return new PodFacts(
                new PodKey("pool", Role.ENGINE, index, attempt),
                "uid-" + index,
                "new",
                state,
                0,
                "10.0.0.1",
                false,
                created,
                endedBefore);
    }
}
