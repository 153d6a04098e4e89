package rl.ballast.modeling.tokenizer.jinja;

import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One token of an expression.
///
/// @param text name, operator, or the characters of a string
/// @param number of an integer or float literal
record Token(Kind kind, String text, @Nullable Number number, int line) {
    enum Kind {
        NAME,
        STRING,
        NUMBER,
        OPERATOR,
        END
    }

    boolean is(String operatorOrName) {
        return (kind == Kind.OPERATOR || kind == Kind.NAME) && text.equals(operatorOrName);
    }

    /// The value of a number.
    Object literal() {
        return Objects.requireNonNull(number);
    }

    static Token number(String digits, int line) {
        String plain = digits.replace("_", "");
        boolean integer = plain.chars().allMatch(c -> c >= '0' && c <= '9');
        Number value = integer ? integer(plain, line) : (Number) new BigDecimal(plain).doubleValue();
        return new Token(Kind.NUMBER, digits, value, line);
    }

    private static Number integer(String digits, int line) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException _) {
            throw TemplateError.at(line, "integer %s: expected at most 64 bits".formatted(digits));
        }
    }
}
