package rl.ballast.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.init.ModelInit;
import rl.ballast.modeling.weights.ParameterLayout;
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
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.CheckpointSpec;
import rl.ballast.trainer.LearnerFailure;

class StoreNeedsTest {
    private static final Path STORE = Path.of("/store/runs/a");

    @Test
    void countsWhatTheRecipeKeeps() {
        var model = ModelInit.config("tiny-moe");
        long parameters = ParameterLayout.of(model).elements();
        var needs = StoreNeeds.of(model, true, recipe(), new CheckpointSpec(5, 2, 3), 7);

        assertThat(needs.checkpoint()).isEqualTo(12 * parameters);
        assertThat(needs.checkpoints()).isEqualTo(3);
        assertThat(needs.version()).isEqualTo(4 * parameters);
        assertThat(needs.versions()).isEqualTo(4);
        // 4 x 16 responses of 7 + 4 - 1 rows, 3 layers, sets of 2 of 8: 28 of them, 5 bits.
        assertThat(needs.traces()).isEqualTo(4 * 16 * 10 * 3 * 5 / 8);
        assertThat(needs.traceSteps()).isEqualTo(11);
        assertThat(needs.bytes())
                .isEqualTo(3 * 12 * parameters + 4 * 4 * parameters + 11 * needs.traces() + (64L << 20));
    }

    @Test
    void routesThatAreNotRecordedTakeNoRoom() {
        var needs = StoreNeeds.of(ModelInit.config("tiny-moe"), false, recipe(), new CheckpointSpec(5, 2, 3), 7);

        assertThat(needs.traces()).isZero();
        assertThat(needs.bytes()).isEqualTo(3 * needs.checkpoint() + 4 * needs.version());
    }

    @Test
    void refusesAVolumeThatIsTooSmallWithTheArithmetic() {
        var needs = new StoreNeeds(30L << 20, 3, 10L << 20, 4, 1L << 20, 6);
        assertThatCode(() -> needs.requireVolume(STORE, 200L << 20)).doesNotThrowAnyException();
        assertThatThrownBy(() -> needs.requireVolume(STORE, (200L << 20) - 1))
                .isInstanceOfSatisfying(
                        LearnerFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.STORE_REFUSED))
                .hasMessageContaining(
                        "store /store/runs/a: the run needs 200.0 MiB: 3 checkpoints of 30.0 MiB, 4 versions"
                                + " of 10.0 MiB, routes of 6 steps of 1.0 MiB, and 64.0 MiB left free; its volume holds 200.0 MiB")
                .hasMessageContaining("Enlarge it (storage.volume.size), or lower checkpoint.keep");
    }

    private static Recipe recipe() {
        return new Recipe(
                16,
                4,
                new OnPolicy(),
                null,
                new ReplaySpec(OnUnknownRoute.Fail, 0.01),
                new ImportanceSampling(
                        true, false, 5, TokenRule.Truncate, 0.5, 5, 0.2, SequenceRule.None, 0.999, 1.001, 1e-4),
                new AdvantageSpec(false),
                new LossSpec(LossSpec.Aggregation.TokenSum),
                new OptimizerSpec(0.05, 0.9, 0.95, 1e-8, 0, 0, 0, 0, 1),
                new SamplingSpec(1, 0, 1, 4, false));
    }
}
