package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Python's values as Java's: [None], Boolean, Long, Double, String, List (also tuples), Map with insertion
/// order, [Undefined], [Namespace], [LoopState] and [Function].
final class Values {
    private Values() {}

    /// A value of the caller's as a template's.
    ///
    /// @throws IllegalArgumentException if there is no such value in templates
    static Object of(@Nullable Object value) {
        return switch (value) {
            case null -> None.NONE;
            case Boolean flag -> flag;
            case String text -> text;
            case Integer number -> number.longValue();
            case Long number -> number;
            case Double number -> number;
            case Float number -> number.doubleValue();
            case Collection<?> items -> {
                List<Object> list = new ArrayList<>();
                for (Object item : items) {
                    list.add(of(item));
                }
                yield list;
            }
            case Map<?, ?> entries -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                for (Map.Entry<?, ?> entry : entries.entrySet()) {
                    map.put(of(entry.getKey()), of(entry.getValue()));
                }
                yield map;
            }
            default ->
                throw new IllegalArgumentException(
                        "a template cannot use a " + value.getClass().getName());
        };
    }

    static boolean truth(Object value) {
        return switch (value) {
            case None _, Undefined _ -> false;
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    static boolean equal(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            boolean floating = left instanceof Double || right instanceof Double;
            return floating ? number(left) == number(right) : integer(left) == integer(right);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            if (a.size() != b.size() || left instanceof Tuple != right instanceof Tuple) {
                return false;
            }
            for (int i = 0; i < a.size(); i++) {
                if (!equal(a.get(i), b.get(i))) {
                    return false;
                }
            }
            return true;
        }
        return left.equals(right);
    }

    /// @throws WrongValue if the two have no order
    static int compare(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            boolean floating = left instanceof Double || right instanceof Double;
            return floating
                    ? (int) Math.signum(number(left) - number(right))
                    : Long.compare(integer(left), integer(right));
        }
        if (left instanceof String a && right instanceof String b) {
            // By code point; Java's own order is by UTF-16 unit.
            return java.util.Arrays.compare(
                    a.codePoints().toArray(), b.codePoints().toArray());
        }
        throw new WrongValue("'<' does not compare %s and %s".formatted(type(left), type(right)));
    }

    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String text -> text.contains(string(item, "left side of 'in'"));
            case Map<?, ?> map -> map.containsKey(item);
            case List<?> list -> list.stream().anyMatch(element -> equal(element, item));
            case Undefined _ -> false;
            default -> throw new WrongValue("'in' does not search a %s".formatted(type(container)));
        };
    }

    static long length(Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Undefined _ -> 0;
            default -> throw new WrongValue("a %s has no length".formatted(type(value)));
        };
    }

    static List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> new ArrayList<>(list);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text ->
                new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
            case Undefined _ -> new ArrayList<>();
            default -> throw new WrongValue("expected something with items, found a %s".formatted(type(value)));
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /// True and false are 1 and 0.
    static long integer(Object value) {
        return switch (value) {
            case Long number -> number;
            case Boolean flag -> flag ? 1 : 0;
            default -> throw new WrongValue("expected an integer, found a %s".formatted(type(value)));
        };
    }

    static double number(Object value) {
        return value instanceof Double number ? number : integer(value);
    }

    /// @param what for the message
    static String string(Object value, String what) {
        if (value instanceof String text) {
            return text;
        }
        throw new WrongValue("%s: expected a string, found a %s".formatted(what, type(value)));
    }

    /// For messages.
    static String type(Object value) {
        return switch (value) {
            case None _ -> "none";
            case Undefined undefined -> "missing value (%s)".formatted(undefined.description());
            case Boolean _ -> "boolean";
            case Long _ -> "integer";
            case Double _ -> "float";
            case String _ -> "string";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "mapping";
            case Namespace _ -> "namespace";
            default -> "function";
        };
    }
}
