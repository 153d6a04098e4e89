package rl.ballast.trainer.rollouts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DataOrderTest {
    private static final Seeds SEEDS = new Seeds(7, 0);

    @Test
    void everyPassHoldsEveryEntryOnceInAnotherOrder() {
        var order = new DataOrder(50, SEEDS::promptOrder);
        int[] first = order.take(0, 50);
        int[] second = order.take(50, 50);
        assertThat(first).containsExactlyInAnyOrder(IntStream.range(0, 50).toArray());
        assertThat(second).containsExactlyInAnyOrder(IntStream.range(0, 50).toArray());
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void aPositionGivesTheSameEntriesWhereverReadingStarts() {
        int[] all = new DataOrder(7, SEEDS::promptOrder).take(0, 30);
        int[] late = new DataOrder(7, SEEDS::promptOrder).take(12, 18);
        assertThat(late).isEqualTo(java.util.Arrays.copyOfRange(all, 12, 30));
    }

    @Test
    void anEmptyDataSetIsRefused() {
        assertThatThrownBy(() -> new DataOrder(0, SEEDS::promptOrder)).hasMessageContaining("at least 1");
    }

    @Test
    void seedsDifferInEveryArgumentAndBySalt() {
        long[] seeds = LongStream.of(
                        SEEDS.sample(1, 2, 3),
                        SEEDS.sample(2, 2, 3),
                        SEEDS.sample(1, 3, 3),
                        SEEDS.sample(1, 2, 4),
                        SEEDS.sample(3, 2, 1),
                        new Seeds(8, 0).sample(1, 2, 3),
                        new Seeds(7, 1).sample(1, 2, 3),
                        SEEDS.evaluation(2, 3),
                        SEEDS.promptOrder(1),
                        SEEDS.demonstrationOrder(1))
                .toArray();
        assertThat(seeds).doesNotHaveDuplicates();
        assertThat(SEEDS.sample(1, 2, 3)).isEqualTo(new Seeds(7, 0).sample(1, 2, 3));
    }

    @Test
    void aNewSaltDoesNotChangeEvaluationSeeds() {
        assertThat(new Seeds(7, 1).evaluation(2, 3)).isEqualTo(SEEDS.evaluation(2, 3));
    }
}
