package rl.ballast.trainer.reward;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A rational number as a person writes it, held exactly: `numerator / denominator`.
///
/// Written as a decimal (`12`, `+3`, `-0`, `.5`, `3.`, `50e-2`, with commas between groups of three digits as in
/// `1,000.5`) or as a fraction of two decimals (`1/2`, `-3 / 4`). U+2212 is a minus sign too. Texts are bounded, so
/// that comparing them is cheap.
///
/// @param denominator not 0
record ExactNumber(BigDecimal numerator, BigDecimal denominator) {
    private static final int MAX_LENGTH = 256;
    private static final int MAX_EXPONENT = 1000;
    private static final Pattern DECIMAL = Pattern.compile(
            "([+-]?)((?:[1-9][0-9]{0,2}(?:,[0-9]{3})++|[0-9]++)(?:\\.[0-9]*+)?|\\.[0-9]++)(?:[eE]([+-]?[0-9]{1,5}))?");

    /// The number that the whole text is, apart from white space at both ends; empty if it is none.
    static Optional<ExactNumber> parse(String text) {
        String stripped = text.length() > 4 * MAX_LENGTH ? text : text.strip();
        if (stripped.isEmpty() || stripped.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String plain = stripped.replace('\u2212', '-');
        int slash = plain.indexOf('/');
        if (slash < 0) {
            return decimal(plain).map(value -> new ExactNumber(value, BigDecimal.ONE));
        }
        Optional<BigDecimal> top = decimal(plain.substring(0, slash).stripTrailing());
        Optional<BigDecimal> bottom = decimal(plain.substring(slash + 1).stripLeading());
        if (top.isEmpty() || bottom.isEmpty() || bottom.get().signum() == 0) {
            return Optional.empty();
        }
        return Optional.of(new ExactNumber(top.get(), bottom.get()));
    }

    /// Equality of the values: cross-multiplied, hence exact.
    boolean sameAs(ExactNumber other) {
        return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator)) == 0;
    }

    private static Optional<BigDecimal> decimal(String text) {
        Matcher matcher = DECIMAL.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String exponent = matcher.group(3);
        int power = exponent == null ? 0 : Integer.parseInt(exponent);
        if (Math.abs(power) > MAX_EXPONENT) {
            return Optional.empty();
        }
        BigDecimal digits = new BigDecimal(matcher.group(1) + matcher.group(2).replace(",", ""));
        return Optional.of(digits.scaleByPowerOfTen(power));
    }
}
