package rl.ballast.rollout.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.SequenceScorer;
import rl.ballast.rollout.engine.SequenceScores;

class TransformersParityIT {
    /// A choice of experts may differ only where the probabilities are closer than this.
    private static final double NEAR_TIE = 1e-5;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void scoresAndExpertsAreThoseOfTransformers(Fixture fixture) {
        List<Fixture.Expected> expected = fixture.expected();
        try (VectorBackend backend = fixture.backend(ServedPrecision.F32, 2)) {
            List<SequenceScores> scores = new SequenceScorer(backend, 64).score(fixture.sequences(), 1);
            for (int i = 0; i < expected.size(); i++) {
                String where = fixture + " sequence " + i;
                assertClose(
                        where + " logProbs",
                        scores.get(i).logProbs(),
                        expected.get(i).logProbs());
                assertClose(
                        where + " entropies",
                        scores.get(i).entropies(),
                        expected.get(i).entropies());
                assertExperts(fixture, where, scores.get(i), expected.get(i));
            }
        }
    }

    private static void assertClose(String what, float[] found, double[] expected) {
        assertThat(found).as(what).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).as("%s[%d]", what, i).isCloseTo(expected[i], within(1e-4));
        }
    }

    private static void assertExperts(Fixture fixture, String where, SequenceScores found, Fixture.Expected expected) {
        int k = fixture.config().expertsPerToken();
        assertThat(found.experts()).as(where).hasSize(expected.ids().length);
        for (int cell = 0; cell < expected.margins().length; cell++) {
            for (int slot = cell * k; slot < (cell + 1) * k; slot++) {
                if (expected.margins()[cell] > NEAR_TIE) {
                    assertThat(found.experts()[slot])
                            .as("%s cell %d", where, cell)
                            .isEqualTo(expected.ids()[slot]);
                    assertThat((double) found.gateWeights()[slot])
                            .as("%s cell %d weight", where, cell)
                            .isCloseTo(expected.weights()[slot], within(1e-5));
                }
            }
        }
    }
}
