package rl.ballast.modeling.tokenizer.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/// Values as Python's `str` and `repr` write them.
final class PythonText {
    private PythonText() {}

    static String str(Object value) {
        return switch (value) {
            case String text -> text;
            case Undefined _ -> "";
            default -> repr(value);
        };
    }

    static String repr(Object value) {
        return switch (value) {
            case None _ -> "None";
            case Boolean flag -> flag ? "True" : "False";
            case Long number -> number.toString();
            case Double number -> floating(number);
            case String text -> quoted(text);
            case Undefined _ -> "Undefined";
            case Tuple tuple -> {
                StringJoiner joiner = new StringJoiner(", ", "(", tuple.size() == 1 ? ",)" : ")");
                tuple.forEach(item -> joiner.add(repr(item)));
                yield joiner.toString();
            }
            case List<?> list -> {
                StringJoiner joiner = new StringJoiner(", ", "[", "]");
                list.forEach(item -> joiner.add(repr(item)));
                yield joiner.toString();
            }
            case Map<?, ?> map -> {
                StringJoiner joiner = new StringJoiner(", ", "{", "}");
                map.forEach((key, item) -> joiner.add(repr(key) + ": " + repr(item)));
                yield joiner.toString();
            }
            default -> throw new WrongValue("a %s cannot be printed".formatted(Values.type(value)));
        };
    }

    /// Shortest digits that read back; an exponent below 1e-4 and from 1e16.
    static String floating(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = digits.precision() - digits.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = digits.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String all = digits.unscaledValue().abs().toString();
        return "%s%s%se%s%02d"
                .formatted(
                        value < 0 ? "-" : "",
                        all.charAt(0),
                        all.length() > 1 ? "." + all.substring(1) : "",
                        exponent < 0 ? "-" : "+",
                        Math.abs(exponent));
    }

    private static String quoted(String text) {
        char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
        StringBuilder out = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (c < 0x20 || c == 0x7f) {
                        out.append("\\x%02x".formatted(c));
                    } else if (c > 0x7f && !printable(c)) {
                        out.append(
                                c < 0x100
                                        ? "\\x%02x".formatted(c)
                                        : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        return out.append(quote).toString();
    }

    private static boolean printable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
