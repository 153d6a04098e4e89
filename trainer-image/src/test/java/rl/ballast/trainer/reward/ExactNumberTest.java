package rl.ballast.trainer.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExactNumberTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    1/2              | 0.5
                    .5               | 50e-2
                    1/2              | 2 / 4
                    1,000            | 1000
                    1,234,567.50     | 1234567.5
                    +3               | 3
                    3.               | 3.000
                    -0               | 0
                    -0/5             | +0.0
                    007              | 7
                    -1/3             | 2/-6
                    1E3              | 1000
                    1.5/3            | .5
                    \u22123          | -3
                    1e1000           | 10e999
                    """)
    void differentSpellingsOfOneNumberAreEqual(String a, String b) {
        assertThat(number(a).sameAs(number(b))).isTrue();
        assertThat(number(b).sameAs(number(a))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    1/3                        | 0.333333333333333333333333333333
                    0.1                        | 0.1000000000000000055511151231257827
                    9007199254740993           | 9007199254740992
                    1                          | -1
                    1e1000                     | 1e999
                    1e-1000                    | 0
                    """)
    void numbersThatOnlyLookAlikeAreDifferent(String a, String b) {
        assertThat(number(a).sameAs(number(b))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "three",
                "1/0",
                "1/0.0",
                "1//2",
                "1/2/3",
                "/2",
                "1/",
                "1,00",
                "1000,000",
                "0,125",
                ",100",
                "1.2.3",
                "1..2",
                ".",
                "-",
                "e5",
                "1e",
                "1e1001",
                "1e99999",
                "1e999999999",
                "0x10",
                "1 000",
                "--1",
                "NaN",
                "Infinity",
                "1;2",
                "\u0663",
                "1+1",
                "12 apples"
            })
    void whatIsNoNumberIsRefused(String text) {
        assertThat(ExactNumber.parse(text)).isEmpty();
    }

    @Test
    void whiteSpaceAroundIsIgnoredAndLengthIsBounded() {
        assertThat(ExactNumber.parse(" \n12\t")).contains(number("12"));
        assertThat(ExactNumber.parse("1".repeat(256))).isPresent();
        assertThat(ExactNumber.parse("1".repeat(257))).isEmpty();
        assertThat(ExactNumber.parse("1".repeat(10_000_000))).isEmpty();
    }

    private static ExactNumber number(String text) {
        return ExactNumber.parse(text).orElseThrow();
    }
}
