package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.pods.PodFacts;
import rl.ballast.operator.pods.PodState;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.Phase;

/// What becomes of a run whose volume is too small for it.
class VolumeCheckTest {
    private static final String SMALL = "storage={volume: {size: 100Mi}}";
    private static final String LARGE = "storage={volume: {size: 1Gi}}";

    @Test
    void nothingIsMadeForARunThatDoesNotFit() {
        RunDecision decision = decide(ObservedRuns.fresh(ObservedRuns.run(SMALL)));

        assertThat(decision.acts()).isFalse();
        assertThat(decision.phase()).isInstanceOf(Phase.Blocked.class);
        assertThat(decision.phase().reason()).isEqualTo("StoreTooSmall");
        assertThat(decision.phase().message())
                .startsWith("the run needs ")
                .contains("its model of 5.3 MiB, 3 checkpoints of 16.0 MiB, 3 versions of 5.3 MiB, routes of ")
                .endsWith("prompts not counted; its volume holds 100.0 MiB. Enlarge storage.volume.size, or lower"
                        + " checkpoint.keep, checkpoint.everySteps, checkpoint.keepVersions or"
                        + " checkpoint.keepRollouts");
        assertThat(decide(ObservedRuns.fresh(ObservedRuns.run(LARGE))).acts()).isTrue();
    }

    @Test
    void withoutAVolumeOfItsOwnTheOperatorsDefaultCounts() {
        OperatorSettings tight = TestSettings.with(Map.of("ballast.store.default-size", "100Mi"));
        RunObserved plain = ObservedRuns.fresh(ObservedRuns.run());

        assertThat(decide(plain).acts()).isTrue();
        assertThat(RunDecider.decide(plain, tight).phase().message())
                .contains(
                        "its volume holds 100.0 MiB. Make the run again with a storage.volume of that size, or lower");
    }

    @Test
    void nobodyKnowsTheSizeOfAClaimThatIsOnlyNamed() {
        RunObserved named = ObservedRuns.fresh(ObservedRuns.run("storage={claimName: mine}"));

        assertThat(decide(named).acts()).isTrue();
    }

    @Test
    void otherModelsAreLeftToTheFetchStep() {
        RunObserved fetched = ObservedRuns.fresh(ObservedRuns.run(SMALL, "model={path: models/a}"));

        assertThat(decide(fetched).acts()).isTrue();
    }

    @Test
    void aClaimThatIsThereGrowsBeforeAnyPodIsMade() {
        RunObserved small = ObservedRuns.with(ObservedRuns.begun(ObservedRuns.run(SMALL), 1), claim("100Mi"));

        RunDecision decision = decide(small);

        assertThat(decision.acts()).as("objects, the claim among them").isTrue();
        assertThat(Objects.requireNonNull(decision.learner()).ranks()).isEmpty();
        assertThat(Objects.requireNonNull(decision.engines()).create()).isEmpty();
        assertThat(decision.phase().reason()).isEqualTo("StoreTooSmall");

        RunObserved enlarged = ObservedRuns.with(ObservedRuns.begun(ObservedRuns.run(LARGE), 1), claim("100Mi"));
        assertThat(Objects.requireNonNull(decide(enlarged).learner()).ranks()).isEmpty();
        RunObserved grown = ObservedRuns.with(ObservedRuns.begun(ObservedRuns.run(LARGE), 1), claim("1Gi"));
        assertThat(Objects.requireNonNull(decide(grown).learner()).ranks()).containsExactly(0);
        RunObserved largerThanAsked = ObservedRuns.with(ObservedRuns.begun(ObservedRuns.run(SMALL), 1), claim("1Gi"));
        assertThat(Objects.requireNonNull(decide(largerThanAsked).learner()).ranks())
                .containsExactly(0);
    }

    @Test
    void aLearnerThatRunsIsLeftAlone() {
        PodFacts learner = Observation.learner(1, new PodState.Running(true, null));
        RunObserved running =
                ObservedRuns.with(ObservedRuns.begun(ObservedRuns.run(SMALL), 1), claim("100Mi"), learner);

        RunDecision decision = decide(running);

        assertThat(decision.phase().reason()).isEqualTo("WaitingForEngines");
        assertThat(Objects.requireNonNull(decision.engines()).create()).hasSize(1);
    }

    @Test
    void replayOfADenseModelIsRefused() {
        RLRun dense = ObservedRuns.run(
                "model.random.preset=tiny-dense", "recipe={offPolicy: {miniBatchesPerStep: 4, replay: R3}}");

        assertThat(decide(ObservedRuns.fresh(dense)).phase()).isInstanceOfSatisfying(Phase.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo("InvalidSpec");
            assertThat(refused.message()).contains("spec.recipe.offPolicy.replay: R3 needs a mixture");
        });
    }

    private static RunDecision decide(RunObserved observed) {
        return RunDecider.decide(observed, TestSettings.of());
    }

    private static PersistentVolumeClaim claim(String size) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("quickstart-store")
                .endMetadata()
                .withNewSpec()
                .withNewResources()
                .addToRequests("storage", new Quantity(size))
                .endResources()
                .endSpec()
                .build();
    }
}
