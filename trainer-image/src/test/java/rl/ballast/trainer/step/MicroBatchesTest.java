package rl.ballast.trainer.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MicroBatchesTest {
    @Test
    void longestComeFirstAndNoBatchIsLargerThanAllowed() {
        assertThat(MicroBatches.of(new int[] {3, 9, 4, 8}, 18)).containsExactly(new int[] {1, 3}, new int[] {2, 0});
    }

    @Test
    void equalLengthsKeepTheirOrder() {
        assertThat(MicroBatches.of(new int[] {5, 5, 5}, 10)).containsExactly(new int[] {0, 1}, new int[] {2});
    }

    @Test
    void aSequenceThatIsTooLongIsABatchAloneAndEmptyOnesAreInNone() {
        assertThat(MicroBatches.of(new int[] {0, 30, 2}, 10)).containsExactly(new int[] {1}, new int[] {2});
    }

    @Test
    void everySequenceIsInExactlyOneBatchWhateverTheLengths() {
        long seed = 3;
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++) {
            int[] lengths = random.ints(random.nextInt(1, 40), 1, 50).toArray();
            int max = random.nextInt(1, 200);
            var batches = MicroBatches.of(lengths, max);
            assertThat(batches.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(
                            java.util.stream.IntStream.range(0, lengths.length).toArray());
            for (int[] batch : batches) {
                int longest = Arrays.stream(batch).map(i -> lengths[i]).max().orElseThrow();
                assertThat(batch.length == 1 || longest * batch.length <= max).isTrue();
            }
        }
    }
}
