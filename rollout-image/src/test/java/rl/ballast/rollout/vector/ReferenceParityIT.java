package rl.ballast.rollout.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.SequenceScorer;
import rl.ballast.rollout.engine.SequenceScores;
import rl.ballast.rollout.reference.ReferenceModel;
import rl.ballast.rollout.reference.ReferenceScores;

class ReferenceParityIT {
    private static final double TEMPERATURE = 0.7;

    static Stream<Arguments> models() {
        return Fixture.all()
                .flatMap(fixture -> Stream.of(ServedPrecision.values()).map(p -> Arguments.of(fixture, p)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void theFastPassComputesWhatThePlainOneDoes(Fixture fixture, ServedPrecision precision) {
        ReferenceModel reference = new ReferenceModel(
                fixture.config(), fixture.weights(1, precision).served());
        List<int[]> sequences = fixture.sequences();
        try (VectorBackend backend = fixture.backend(precision, 2)) {
            List<SequenceScores> found = new SequenceScorer(backend, 64).score(sequences, TEMPERATURE);
            for (int i = 0; i < sequences.size(); i++) {
                ReferenceScores expected = reference.score(sequences.get(i), TEMPERATURE);
                assertClose("sequence %d logProbs".formatted(i), found.get(i).logProbs(), expected.logProbs());
                assertClose("sequence %d entropies".formatted(i), found.get(i).entropies(), expected.entropies());
                assertExperts(fixture, found.get(i), expected);
            }
        }
    }

    private static void assertClose(String what, float[] found, double[] expected) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).as("%s[%d]", what, i).isCloseTo(expected[i], within(2e-5));
        }
    }

    private static void assertExperts(Fixture fixture, SequenceScores found, ReferenceScores expected) {
        int k = fixture.config().expertsPerToken();
        int at = 0;
        for (int t = 0; t < expected.experts().length; t++) {
            for (int m = 0; m < expected.experts()[t].length; m++) {
                for (int slot = 0; slot < k; slot++, at++) {
                    assertThat(found.experts()[at])
                            .as("position %d, mixture %d", t, m)
                            .isEqualTo(expected.experts()[t][m][slot]);
                    assertThat((double) found.gateWeights()[at])
                            .isCloseTo(expected.gateWeights()[t][m][slot], within(1e-5));
                }
            }
        }
    }
}
