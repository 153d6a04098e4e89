package rl.ballast.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScaleTest {
    @Test
    void choosesRoundTicksAroundTheValues() {
        Scale scale = Scale.over(new double[] {0.13, 0.87}, false, true);

        assertThat(scale.low()).isEqualTo(0);
        assertThat(scale.high()).isCloseTo(1.0, within(1e-12));
        assertThat(scale.ticks().stream().map(Scale::text)).containsExactly("0", "0.2", "0.4", "0.6", "0.8", "1");
    }

    @Test
    void usesWholePowersOfTenOnALogarithmicAxis() {
        Scale scale = Scale.over(new double[] {3e-5, 0.02}, true, false);

        assertThat(scale.logarithmic()).isTrue();
        assertThat(scale.low()).isCloseTo(1e-5, within(1e-18));
        assertThat(scale.high()).isCloseTo(0.1, within(1e-12));
        assertThat(scale.position(1e-3)).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void staysLinearWhenAValueIsNotPositive() {
        assertThat(Scale.over(new double[] {-1e-4, 0.02}, true, false).logarithmic())
                .isFalse();
    }

    @Test
    void givesAFlatCurveRoom() {
        Scale scale = Scale.over(new double[] {4, 4}, false, false);

        assertThat(scale.low()).isLessThan(4);
        assertThat(scale.high()).isGreaterThan(4);
    }

    @Test
    void labelsTicksSoThatNeighboursDiffer() {
        Scale near = Scale.over(new double[] {0.99999, 1.00001}, false, false);
        Scale wide = Scale.over(new double[] {0.2, 0.9}, false, true);

        assertThat(near.ticks().stream().map(near::label))
                .doesNotHaveDuplicates()
                .contains("1", "1+5e-6");
        assertThat(wide.ticks().stream().map(wide::label)).containsExactly("0", "0.2", "0.4", "0.6", "0.8", "1");
    }

    @Test
    void endsTheStepAxisWhereTheStepsEnd() {
        Scale steps = Scale.tight(new double[] {1, 50, 110});

        assertThat(steps.position(110)).isEqualTo(1);
        assertThat(steps.ticks().stream().map(steps::label)).containsExactly("50", "100");
    }

    @Test
    void startsACurveOfZerosAtZero() {
        assertThat(Scale.over(new double[] {0, 0}, true, false).low()).isZero();
    }

    @Test
    void writesShortNumbers() {
        assertThat(Scale.text(0)).isEqualTo("0");
        assertThat(Scale.text(0.25)).isEqualTo("0.25");
        assertThat(Scale.text(0.00134)).isEqualTo("0.0013");
        assertThat(Scale.text(1234)).isEqualTo("1234");
        assertThat(Scale.text(1.35e-4)).isEqualTo("1.4e-4");
    }
}
