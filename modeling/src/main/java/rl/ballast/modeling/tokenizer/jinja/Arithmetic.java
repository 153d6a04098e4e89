package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// Python's operators on numbers, strings and lists.
final class Arithmetic {
    private static final int LONGEST = 10_000_000;

    private Arithmetic() {}

    static Object apply(String operator, Object left, Object right) {
        if (Values.isNumber(left) && Values.isNumber(right)) {
            boolean floating = left instanceof Double || right instanceof Double || operator.equals("/");
            return floating
                    ? floating(operator, Values.number(left), Values.number(right))
                    : whole(operator, Values.integer(left), Values.integer(right));
        }
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            return a + b;
        }
        boolean alike = left instanceof Tuple == right instanceof Tuple;
        if (operator.equals("+") && alike && left instanceof List<?> a && right instanceof List<?> b) {
            List<Object> all = new ArrayList<>(a);
            all.addAll(b);
            return left instanceof Tuple ? new Tuple(all) : all;
        }
        if (operator.equals("*") && left instanceof String text && right instanceof Long times) {
            return repeat(text, times);
        }
        if (operator.equals("*") && left instanceof Long times && right instanceof String text) {
            return repeat(text, times);
        }
        throw new WrongValue("'%s' does not take %s and %s".formatted(operator, Values.type(left), Values.type(right)));
    }

    private static Object whole(String operator, long left, long right) {
        try {
            return switch (operator) {
                case "+" -> Math.addExact(left, right);
                case "-" -> Math.subtractExact(left, right);
                case "*" -> Math.multiplyExact(left, right);
                case "//" -> Math.floorDiv(left, right);
                case "%" -> Math.floorMod(left, right);
                case "**" -> power(left, right);
                default -> throw new WrongValue("'%s' is not supported".formatted(operator));
            };
        } catch (ArithmeticException e) {
            throw new WrongValue("%d %s %d: %s".formatted(left, operator, right, e.getMessage()));
        }
    }

    private static Object power(long base, long exponent) {
        if (exponent < 0) {
            return Math.pow((double) base, (double) exponent);
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
            if (result == 0 || result == 1) {
                return exponent == 0 ? 1L : result;
            }
        }
        return result;
    }

    private static Object floating(String operator, double left, double right) {
        if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new WrongValue("division by zero");
        }
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> Math.floor(left / right);
            case "%" -> left - right * Math.floor(left / right);
            case "**" -> Math.pow(left, right);
            default -> throw new WrongValue("'%s' is not supported".formatted(operator));
        };
    }

    private static String repeat(String text, long times) {
        if (times * (double) text.length() > LONGEST) {
            throw new WrongValue("a repeated string longer than %d".formatted(LONGEST));
        }
        return text.repeat((int) Math.max(0, times));
    }
}
