package rl.ballast.rollout.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static rl.ballast.rollout.vector.Lanes.LANES;
import static rl.ballast.rollout.vector.Lanes.SPECIES;

import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import rl.ballast.rollout.sample.Exponential;

class VectorExponentialTest {
    @Test
    void isWithinOneUnitInTheLastPlaceWhereItsResultIsNormal() {
        SplittableRandom random = new SplittableRandom(1);
        double worst = 0;
        for (int i = 0; i < 200_000; i++) {
            float x = (float) random.nextDouble(-87.3, 88.3);
            double exact = StrictMath.exp(x);
            worst = Math.max(worst, Math.abs(Exponential.exp(x) - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThan(1.0);
    }

    @Test
    void allLanesHaveTheBitsOfTheScalarForm() {
        SplittableRandom random = new SplittableRandom(2);
        float[] x = new float[LANES];
        for (int round = 0; round < 20_000; round++) {
            for (int lane = 0; lane < LANES; lane++) {
                x[lane] = (float) random.nextDouble(-120, 100);
            }
            x[round % LANES] = special(round);
            float[] y = new float[LANES];
            VectorExponential.exp(FloatVector.fromArray(SPECIES, x, 0)).intoArray(y, 0);
            for (int lane = 0; lane < LANES; lane++) {
                assertThat(Float.floatToIntBits(y[lane]))
                        .as("exp(%s)", x[lane])
                        .isEqualTo(Float.floatToIntBits(Exponential.exp(x[lane])));
            }
        }
    }

    @Test
    void treatsTheEndsAsDocumented() {
        assertThat(Exponential.exp(0f)).isEqualTo(1f);
        assertThat(Exponential.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exponential.exp(-90f)).isZero();
        assertThat(Exponential.exp(Float.POSITIVE_INFINITY)).isEqualTo(Exponential.exp(88.3f));
        assertThat(Exponential.exp(Float.NaN)).isNaN();
    }

    private static float special(int round) {
        return switch (round % 7) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> Float.NaN;
            case 3 -> Float.NEGATIVE_INFINITY;
            case 4 -> Float.POSITIVE_INFINITY;
            case 5 -> -87.4f;
            default -> 89f;
        };
    }
}
