package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// Which experts rows use, how uses are counted, and how rows are grouped by expert.
class RouteBookTest {

    private final ModelConfig config =
            TransformersFixture.open("moe-raw-gates-wide-heads").config();

    @Test
    void tiesGoToTheLowerId() {
        assertThat(top(2, 0.2f, 0.5f, 0.5f, 0.5f)).containsExactly(1, 2);
        assertThat(top(3, 0.25f, 0.25f, 0.25f, 0.25f)).containsExactly(0, 1, 2);
        assertThat(top(2, 0.1f, 0.3f, 0.2f, 0.4f)).containsExactly(1, 3);
        assertThat(top(1, Float.NaN, Float.NaN)).containsExactly(0);
    }

    private static int[] top(int k, float... values) {
        int[] top = new int[k];
        ExpertChoice.topK(values, 0, values.length, top);
        return top;
    }

    @Test
    void replayedRoutesAreUsedAndLiveOnesReported() {
        Routes replay = new Routes(1, 2, 3);
        replay.set(0, 0, new int[] {0, 2, 6}, 0);
        PackedBatch batch = PackedBatch.of(List.of(input(replay)));
        RouteBook book = new RouteBook(config, List.of(input(replay)), batch, true);
        float[] probabilities = new float[batch.rows() * 7];
        System.arraycopy(new float[] {0.01f, 0.2f, 0.04f, 0.3f, 0.25f, 0.1f, 0.1f}, 0, probabilities, 0, 7);

        ExpertChoice.Used replayed = book.use(0, probabilities);
        ExpertChoice.Used live = book.use(1, probabilities);

        assertThat(replayed.experts()).startsWith(0, 2, 6, -1).doesNotContain(1, 3, 4, 5);
        assertThat(replayed.weights()).startsWith(0.01f, 0.04f, 0.1f, 0);
        assertThat(live.experts()).startsWith(1, 3, 4, -1);
        Routes reported = Objects.requireNonNull(book.live(0));
        assertThat(reported.id(0, 0, 0)).isEqualTo(1);
        assertThat(reported.known()).isEqualTo(2);
        assertThat(book.close(1)).isEqualTo(new RouteConsumption(1, 1));
    }

    @Test
    void routesThatAreNotUsedAreNamed() {
        Routes replay = new Routes(1, 2, 3);
        replay.set(0, 1, new int[] {0, 1, 2}, 0);
        List<ForwardInput> inputs = List.of(input(null), input(replay));
        RouteBook book = new RouteBook(config, inputs, PackedBatch.of(inputs), false);

        assertThatThrownBy(() -> book.close(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "routing replay: sequence 1, row 0, layer 1: the recorded route was used 0 times, expected 1");
    }

    @Test
    void routesThatAreUsedTooOftenAreNamed() {
        Routes replay = new Routes(1, 2, 3);
        replay.set(0, 0, new int[] {0, 1, 2}, 0);
        List<ForwardInput> inputs = List.of(input(replay));
        PackedBatch batch = PackedBatch.of(inputs);
        RouteBook book = new RouteBook(config, inputs, batch, false);
        book.use(0, new float[batch.rows() * 7]);
        book.use(0, new float[batch.rows() * 7]);

        assertThatThrownBy(() -> book.close(1)).hasMessageContaining("used 2 times, expected 1");
        assertThat(book.close(2)).isEqualTo(new RouteConsumption(2, 2));
    }

    @Test
    void groupsArePaddedAndAlwaysHaveAnEmptySlot() {
        int rows = 64;
        int[] experts = IntStream.range(0, rows).map(r -> r < 32 ? 2 : -1).toArray();
        float[] weights = new float[rows];
        java.util.Arrays.fill(weights, 0, 32, 0.5f);

        ExpertGroups groups = ExpertGroups.of(new ExpertChoice.Used(experts, weights, weights), rows, 1, 4);

        assertThat(groups.start()).containsExactly(0, 0, 0, 64, 64);
        assertThat(groups.gate()).startsWith(0.5f).endsWith(0f);
        assertThat(groups.slot()[0][31]).isEqualTo(31);
        assertThat(groups.slot()[0][32]).isEqualTo(32);
        assertThat(groups.gate()[32]).isZero();
    }

    @Test
    void paddedLengthsDependOnTheLengthOnly() {
        assertThat(IntStream.of(1, 7, 8, 15, 16, 17, 31, 33, 100, 1000).map(PackedBatch::paddedLength))
                .containsExactly(1, 7, 8, 15, 16, 18, 32, 36, 104, 1024);
    }

    private static ForwardInput input(@org.jspecify.annotations.Nullable Routes replay) {
        return new ForwardInput(new int[] {1, 2}, 1, replay, null);
    }
}
