package rl.ballast.rollout.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.StepBatch;
import rl.ballast.rollout.engine.StepOutput;

/// Bits, not tolerances: every comparison is of raw arrays.
class BatchInvarianceIT {
    private static final int LENGTH = 37;
    private static final int BLOCKS = 3;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aSequenceHasTheSameBitsAloneAndAmongThirtyOneOthers(Fixture fixture) {
        List<int[]> sequences = randomSequences(fixture, 32);
        try (VectorBackend one = fixture.backend(ServedPrecision.F32, 1);
                VectorBackend two = fixture.backend(ServedPrecision.F32, 2)) {
            List<StepBatch.Segment> all = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                all.add(segment(sequences.get(i), 0, LENGTH, i));
            }
            StepOutput together = two.forward(new StepBatch(all));
            for (int i = 0; i < 32; i++) {
                StepOutput alone = one.forward(new StepBatch(List.of(segment(sequences.get(i), 0, LENGTH, 0))));
                assertSameRows(fixture, together, i * LENGTH, alone, 0, LENGTH, "sequence " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aSequenceHasTheSameBitsInOneChunkInSeveralAndTokenByToken(Fixture fixture) {
        int[] sequence = randomSequences(fixture, 1).getFirst();
        try (VectorBackend whole = fixture.backend(ServedPrecision.F32, 1);
                VectorBackend cut = fixture.backend(ServedPrecision.F32, 2)) {
            StepOutput expected = whole.forward(new StepBatch(List.of(segment(sequence, 0, LENGTH, 0))));
            for (int[] chunks : new int[][] {{16, 16, 5}, {1, 35, 1}, {7, 13, 17}, onesOf(LENGTH)}) {
                int from = 0;
                for (int chunk : chunks) {
                    StepOutput part = cut.forward(new StepBatch(List.of(segment(sequence, from, from + chunk, 2))));
                    assertSameRows(fixture, expected, from, part, 0, chunk, Arrays.toString(chunks));
                    from += chunk;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aSharedPrefixGivesTheSameBitsAsOnesOwn(Fixture fixture) {
        int[] sequence = randomSequences(fixture, 1).getFirst();
        try (VectorBackend backend = fixture.backend(ServedPrecision.F32, 2);
                VectorBackend fresh = fixture.backend(ServedPrecision.F32, 2)) {
            StepOutput expected = fresh.forward(new StepBatch(List.of(segment(sequence, 0, LENGTH, 0))));
            // The first block is filled by another segment of the same batch.
            StepBatch.Segment owner = new StepBatch.Segment(Arrays.copyOf(sequence, 16), 0, new int[] {7}, 0);
            StepBatch.Segment sharer =
                    new StepBatch.Segment(Arrays.copyOfRange(sequence, 16, LENGTH), 16, new int[] {7, 9, 8}, 21);
            StepOutput shared = backend.forward(new StepBatch(List.of(sharer, owner)));
            int vocabulary = fixture.config().vocabSize();
            assertThat(Arrays.copyOf(shared.logits(), 21 * vocabulary))
                    .isEqualTo(Arrays.copyOfRange(expected.logits(), 16 * vocabulary, LENGTH * vocabulary));
        }
    }

    private static int[] onesOf(int count) {
        return IntStream.generate(() -> 1).limit(count).toArray();
    }

    private static List<int[]> randomSequences(Fixture fixture, int count) {
        SplittableRandom random = new SplittableRandom(4711);
        return IntStream.range(0, count)
                .mapToObj(_ ->
                        random.ints(LENGTH, 0, fixture.config().vocabSize()).toArray())
                .toList();
    }

    private static StepBatch.Segment segment(int[] sequence, int from, int to, int place) {
        int[] table = IntStream.range(0, BLOCKS).map(i -> place * BLOCKS + i).toArray();
        return new StepBatch.Segment(Arrays.copyOfRange(sequence, from, to), from, table, to - from);
    }

    private static void assertSameRows(
            Fixture fixture, StepOutput a, int aRow, StepOutput b, int bRow, int rows, String where) {
        int vocabulary = fixture.config().vocabSize();
        assertThat(Arrays.copyOfRange(b.logits(), bRow * vocabulary, (bRow + rows) * vocabulary))
                .as(where)
                .isEqualTo(Arrays.copyOfRange(a.logits(), aRow * vocabulary, (aRow + rows) * vocabulary));
        int cells = fixture.config().moeLayerIndices().length * fixture.config().expertsPerToken();
        assertThat(Arrays.copyOfRange(b.experts(), bRow * cells, (bRow + rows) * cells))
                .as(where)
                .isEqualTo(Arrays.copyOfRange(a.experts(), aRow * cells, (aRow + rows) * cells));
        assertThat(Arrays.copyOfRange(b.gateWeights(), bRow * cells, (bRow + rows) * cells))
                .as(where)
                .isEqualTo(Arrays.copyOfRange(a.gateWeights(), aRow * cells, (aRow + rows) * cells));
    }
}
