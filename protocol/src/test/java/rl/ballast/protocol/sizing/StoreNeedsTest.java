package rl.ballast.protocol.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import rl.ballast.protocol.recipe.AdvantageSpec;
import rl.ballast.protocol.recipe.ImportanceSampling;
import rl.ballast.protocol.recipe.LossSpec;
import rl.ballast.protocol.recipe.OnPolicy;
import rl.ballast.protocol.recipe.OnUnknownRoute;
import rl.ballast.protocol.recipe.OptimizerSpec;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.recipe.ReplaySpec;
import rl.ballast.protocol.recipe.SamplingSpec;
import rl.ballast.protocol.recipe.SequenceRule;
import rl.ballast.protocol.recipe.TokenRule;
import rl.ballast.protocol.run.CheckpointSpec;

class StoreNeedsTest {
    private static final ModelShape MODEL = new ModelShape(1_000_000, 3, 8, 2, 1024);
    private static final SamplingSpec SAMPLING = new SamplingSpec(1, 0, 1, 4, false);

    @Test
    void countsWhatTheRecipeKeeps() {
        var needs = StoreNeeds.of(MODEL, true, recipe(4, SAMPLING), new CheckpointSpec(5, 2, 3, 50), 1000, 7);

        assertThat(needs.model()).isEqualTo(4_000_000);
        assertThat(needs.checkpoint()).isEqualTo(12_000_000);
        assertThat(needs.checkpoints()).isEqualTo(3);
        assertThat(needs.version()).isEqualTo(4_000_000);
        assertThat(needs.versions()).isEqualTo(4);
        // 4 x 16 responses of 7 + 4 - 1 rows, 3 layers, sets of 2 of 8: 28 of them, 5 bits.
        assertThat(needs.traces()).isEqualTo(4 * 16 * 10 * 3 * 5 / 8);
        assertThat(needs.traceSteps()).isEqualTo(11);
        assertThat(needs.rollouts()).isEqualTo(4 * 16 * (512 + 7 * 8 + 4 * 30));
        assertThat(needs.rolloutSteps()).isEqualTo(51);
        assertThat(needs.bytes())
                .isEqualTo(4_000_000
                        + 3 * 12_000_000
                        + 4 * 4_000_000
                        + 11 * needs.traces()
                        + 51 * needs.rollouts()
                        + (64L << 20));
    }

    @Test
    void routesThatAreNotRecordedTakeNoRoom() {
        var needs = StoreNeeds.of(MODEL, false, recipe(4, SAMPLING), new CheckpointSpec(5, 2, 3, 1), 1000, 7);

        assertThat(needs.traces()).isZero();
        assertThat(needs.bytes()).isEqualTo(4_000_000 + 3 * 12_000_000 + 4 * 4_000_000 + 11 * needs.rollouts());
        assertThat(needs.arithmetic()).doesNotContain("routes", "left free");
    }

    @Test
    void rolloutsThatACheckpointStillNeedsAreCountedAndNeverMoreThanTheRunHas() {
        assertThat(StoreNeeds.of(MODEL, true, recipe(4, SAMPLING), new CheckpointSpec(5, 4, 2, 3), 1000, 7)
                        .rolloutSteps())
                .isEqualTo(21);
        var few = StoreNeeds.of(MODEL, true, recipe(4, SAMPLING), new CheckpointSpec(5, 4, 2, 50), 6, 7);
        assertThat(few.rolloutSteps()).isEqualTo(7);
        assertThat(few.traceSteps()).isEqualTo(7);
    }

    @Test
    void responsesEndWithTheModelsPositions() {
        var checkpoint = new CheckpointSpec(1, 2, 2, 50);
        var longer = new SamplingSpec(1, 0, 1, 32_768, false);
        var needs = StoreNeeds.of(MODEL, true, recipe(4, longer), checkpoint, 100, 24);

        assertThat(needs.traces()).isEqualTo(4L * 16 * 1023 * 3 * 5 / 8);
        assertThat(needs.rollouts()).isEqualTo(4 * 16 * (512 + 24 * 8 + 1000 * 30));
    }

    @Test
    void keptTokensAreCountedByTopKAndGuessedForTopP() {
        var checkpoint = new CheckpointSpec(1, 2, 2, 50);
        long plain = StoreNeeds.of(MODEL, true, recipe(4, SAMPLING), checkpoint, 100, 7)
                .rollouts();
        var topK = new SamplingSpec(1, 20, 1, 4, true);
        var topP = new SamplingSpec(1, 0, 0.9, 4, true);

        assertThat(StoreNeeds.of(MODEL, true, recipe(4, topK), checkpoint, 100, 7)
                        .rollouts())
                .isEqualTo(plain + 64 * 4 * 20 * 8);
        assertThat(StoreNeeds.of(MODEL, true, recipe(4, topP), checkpoint, 100, 7)
                        .rollouts())
                .isEqualTo(plain + 64 * 4 * 64 * 8);
    }

    @Test
    void theSumIsForPeople() {
        var needs = new StoreNeeds(5L << 20, 30L << 20, 3, 10L << 20, 4, 1L << 20, 6, 2L << 20, 5);

        assertThat(needs.arithmetic())
                .isEqualTo(
                        "the run needs 215.0 MiB: its model of 5.0 MiB, 3 checkpoints of 30.0 MiB, 4 versions of 10.0 MiB, routes of 6"
                                + " steps of 1.0 MiB, rollouts of 5 steps of 2.0 MiB, and 64.0 MiB left free");
        assertThat(StoreNeeds.size(20L << 30)).isEqualTo("20 GiB");
    }

    @Test
    void aRecipeBeyondAllMeasureNeedsMoreThanThereIs() {
        var model = new ModelShape(1L << 44, 1000, 1024, 8, Integer.MAX_VALUE);
        var endless = new SamplingSpec(1, 0, 1, Integer.MAX_VALUE, false);

        assertThat(StoreNeeds.of(
                                model,
                                true,
                                recipe(1_000_000, endless),
                                new CheckpointSpec(10_000_000, 10_000, 10_000, 10_000_000),
                                10_000_000,
                                0)
                        .bytes())
                .isEqualTo(Long.MAX_VALUE);
    }

    private static Recipe recipe(int prompts, SamplingSpec sampling) {
        return new Recipe(
                16,
                prompts,
                new OnPolicy(),
                null,
                new ReplaySpec(OnUnknownRoute.Fail, 0.01),
                new ImportanceSampling(
                        true, false, 5, TokenRule.Truncate, 0.5, 5, 0.2, SequenceRule.None, 0.999, 1.001, 1e-4),
                new AdvantageSpec(false),
                new LossSpec(LossSpec.Aggregation.TokenSum),
                new OptimizerSpec(0.05, 0.9, 0.95, 1e-8, 0, 0, 0, 0, 1),
                sampling);
    }
}
