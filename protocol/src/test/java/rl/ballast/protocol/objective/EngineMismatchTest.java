package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class EngineMismatchTest {
    private static final Offset<Double> PRINTED = within(5.1e-7);
    private static final boolean[] ONE = {true};

    @Test
    void agreesWithTheGoldenDiagnostics() {
        EngineMismatch mismatch = new EngineMismatch();
        for (int i = 0; i < 2; i++) {
            mismatch.add(
                    GoldenGroup.PROXIMAL[i],
                    GoldenGroup.ROLLOUT[i],
                    GoldenGroup.response(i).lossMask());
        }

        EngineMismatch.Summary summary = mismatch.summary();

        assertThat(summary.tokens()).isEqualTo(7);
        assertThat(summary.k1()).isEqualTo(0.231429, PRINTED);
        assertThat(summary.k2()).isEqualTo(0.304314, PRINTED);
        assertThat(summary.k3()).isEqualTo(0.184156, PRINTED);
        assertThat(summary.meanRatio()).isEqualTo(0.952728, PRINTED);
        assertThat(summary.maxRatio()).isEqualTo(1.648721, PRINTED);
        assertThat(summary.minRatio()).isEqualTo(0.135335, PRINTED);
        assertThat(summary.meanAbsLogDiff()).isEqualTo(0.374286, PRINTED);
        assertThat(summary.essFraction()).isEqualTo(0.845360, PRINTED);
        assertThat(summary.chi2()).isEqualTo(0.073731, PRINTED);
        assertThat(summary.tails().get("2")).isEqualTo(1 / 7.0);
        assertThat(summary.tails().get("1.5")).isEqualTo(2 / 7.0);
        assertThat(summary.geometricMeanRatio().max()).isEqualTo(1.173511, PRINTED);
        assertThat(summary.geometricMeanRatio().min()).isEqualTo(0.591555, PRINTED);
        assertThat(summary.clamped()).isZero();
    }

    @Test
    void theTwoKlDirectionsDifferWildlyOnOneBadToken() {
        EngineMismatch mismatch = new EngineMismatch();
        mismatch.add(new double[] {-15}, new double[] {-5}, ONE);

        assertThat(mismatch.summary().k3()).isEqualTo(9, within(1e-4));
        assertThat(mismatch.summary().reverseK3()).isEqualTo(22015, within(0.5));
    }

    @Test
    void agreesWithTheDefinitionsOnRandomTokens() {
        Sample sample = new Sample(11, 1000);
        EngineMismatch mismatch = new EngineMismatch(List.of(1.05, 1.2));
        mismatch.add(sample.proximal, sample.rollout, sample.mask);

        EngineMismatch.Summary summary = mismatch.summary();

        double n = sample.kept();
        assertThat(summary.tokens()).isEqualTo((long) n);
        assertThat(summary.k2()).isEqualTo(sample.mean(d -> d * d / 2), within(1e-12));
        assertThat(summary.reverseK3()).isEqualTo(sample.mean(d -> Math.exp(-d) - 1 + d), within(1e-12));
        assertThat(summary.tokenMultProbError()).isEqualTo(sample.mean(d -> Math.exp(Math.abs(d))), within(1e-12));
        double mean = sample.mean(Math::exp);
        double square = sample.mean(d -> Math.exp(2 * d));
        assertThat(summary.stdRatio()).isEqualTo(Math.sqrt(square - mean * mean), within(1e-12));
        assertThat(summary.essFraction()).isEqualTo(mean * mean / square, within(1e-12));
        assertThat(summary.chi2()).isEqualTo(square - 1, within(1e-12));
        assertThat(summary.tails().get("1.2"))
                .isEqualTo(sample.mean(d -> Math.max(Math.exp(d), Math.exp(-d)) > 1.2 ? 1 : 0));
        assertThat(summary.meanAbsProbDiff()).isEqualTo(sample.meanAbsProbDiff(), within(1e-12));
    }

    @Test
    void keepsItsPrecisionWhenTheEnginesNearlyAgree() {
        EngineMismatch mismatch = new EngineMismatch();
        mismatch.add(new double[] {-1 + 1e-7, -1 - 1e-7}, new double[] {-1, -1}, new boolean[] {true, true});

        assertThat(mismatch.summary().k3()).isEqualTo(0.5e-14, within(1e-19));
        assertThat(mismatch.summary().stdRatio()).isEqualTo(1e-7, within(1e-13));
    }

    @Test
    void mergingMicroBatchesEqualsAddingThemAll() {
        EngineMismatch all = new EngineMismatch();
        EngineMismatch merged = new EngineMismatch();
        for (int part = 0; part < 5; part++) {
            EngineMismatch one = new EngineMismatch();
            for (int i = 0; i < 7; i++) {
                Sample sample = new Sample(100 * part + i, 50);
                all.add(sample.proximal, sample.rollout, sample.mask);
                one.add(sample.proximal, sample.rollout, sample.mask);
            }
            merged.merge(one);
        }

        assertThat(merged.summary()).isEqualTo(all.summary());
        assertThatThrownBy(() -> merged.merge(new EngineMismatch(List.of(3.0))))
                .hasMessageContaining("different tails");
    }

    @Test
    void clampsAndCountsHugeDifferences() {
        EngineMismatch mismatch = new EngineMismatch();
        mismatch.add(new double[] {-2000, -1}, new double[] {-1, -500}, new boolean[] {true, true});

        assertThat(mismatch.summary().clamped()).isEqualTo(2);
        assertThat(mismatch.summary().maxRatio()).isEqualTo(Math.exp(20));
        assertThat(mismatch.summary().k2()).isEqualTo(200);
    }

    @Test
    void maskedTokensCountNowhereWhateverTheyHold() {
        EngineMismatch mismatch = new EngineMismatch();
        mismatch.add(new double[] {-1, Double.NaN}, new double[] {-1, 7}, new boolean[] {true, false});
        mismatch.add(new double[] {Double.NaN}, new double[] {0}, new boolean[] {false});

        assertThat(mismatch.summary().tokens()).isEqualTo(1);
        assertThat(mismatch.summary().k3()).isZero();
        assertThat(mismatch.summary().geometricMeanRatio()).isEqualTo(new Spread(1, 1, 1));
    }

    @Test
    void refusesWhatIsNotANumberAndNamesTheToken() {
        EngineMismatch mismatch = new EngineMismatch();

        assertThatThrownBy(() -> mismatch.add(
                        new double[] {-1, Double.NEGATIVE_INFINITY}, new double[] {-1, -1}, new boolean[] {true, true}))
                .isInstanceOf(NonFiniteScore.class)
                .hasMessage("proximalLogProbs[1]: expected a finite log-probability, found -Infinity");
        assertThatThrownBy(() -> mismatch.add(new double[] {-1}, new double[] {-1, -1}, ONE))
                .hasMessage("rolloutLogProbs: expected 1 values, one per token, found 2");
        assertThatThrownBy(() -> new EngineMismatch(List.of(1.0))).hasMessageContaining("above 1");
    }

    @Test
    void jsonHasTheNamesOfTheMetricsFile() throws JsonProcessingException {
        EngineMismatch mismatch = new EngineMismatch();
        mismatch.add(new double[] {-1}, new double[] {-1}, ONE);

        JsonNode json = new ObjectMapper().valueToTree(mismatch.summary());

        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly(
                        "tokens",
                        "k1",
                        "k2",
                        "k3",
                        "reverseK3",
                        "meanRatio",
                        "stdRatio",
                        "minRatio",
                        "maxRatio",
                        "meanAbsLogDiff",
                        "meanAbsProbDiff",
                        "tokenMultProbError",
                        "essFraction",
                        "chi2",
                        "tails",
                        "geometricMeanRatio",
                        "clamped");
        assertThat(json.get("tails").fieldNames()).toIterable().containsExactly("1.1", "1.5", "2");
        assertThat(new ObjectMapper().writeValueAsString(new EngineMismatch().summary()))
                .contains("\"k1\":\"NaN\"");
    }

    /// Random log-probabilities of two engines that nearly agree, a tenth of the tokens masked.
    private static final class Sample {
        final double[] proximal;
        final double[] rollout;
        final boolean[] mask;

        Sample(long seed, int tokens) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            proximal = new double[tokens];
            rollout = new double[tokens];
            mask = new boolean[tokens];
            for (int t = 0; t < tokens; t++) {
                rollout[t] = -random.nextExponential();
                proximal[t] = Math.min(0, rollout[t] + 0.1 * random.nextGaussian());
                mask[t] = random.nextDouble() > 0.1;
            }
        }

        double kept() {
            double kept = 0;
            for (boolean one : mask) {
                kept += one ? 1 : 0;
            }
            return kept;
        }

        double mean(java.util.function.DoubleUnaryOperator of) {
            double sum = 0;
            for (int t = 0; t < mask.length; t++) {
                sum += mask[t] ? of.applyAsDouble(proximal[t] - rollout[t]) : 0;
            }
            return sum / kept();
        }

        double meanAbsProbDiff() {
            double sum = 0;
            for (int t = 0; t < mask.length; t++) {
                sum += mask[t] ? Math.abs(Math.exp(proximal[t]) - Math.exp(rollout[t])) : 0;
            }
            return sum / kept();
        }
    }
}
