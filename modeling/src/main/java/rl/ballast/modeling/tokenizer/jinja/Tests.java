package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What stands after `is`.
final class Tests {
    private Tests() {}

    static boolean apply(String name, Object value, Inputs inputs) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "number" -> Values.isNumber(value);
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map<?, ?>;
            case "sequence", "iterable" ->
                value instanceof String
                        || value instanceof List<?>
                        || value instanceof Map<?, ?>
                        || value instanceof Undefined;
            case "callable" -> value instanceof Function;
            case "lower" -> {
                String text = PythonText.str(value);
                yield text.equals(text.toLowerCase(Locale.ROOT)) && !text.equals(text.toUpperCase(Locale.ROOT));
            }
            case "upper" -> {
                String text = PythonText.str(value);
                yield text.equals(text.toUpperCase(Locale.ROOT)) && !text.equals(text.toLowerCase(Locale.ROOT));
            }
            case "odd" -> Math.floorMod(Values.integer(value), 2) == 1;
            case "even" -> Math.floorMod(Values.integer(value), 2) == 0;
            case "divisibleby" -> Math.floorMod(Values.integer(value), Values.integer(inputs.required(0, "num"))) == 0;
            case "in" -> Values.contains(inputs.required(0, "seq"), value);
            case "eq", "equalto", "sameas" -> Values.equal(value, inputs.required(0, "other"));
            case "ne" -> !Values.equal(value, inputs.required(0, "other"));
            case "lt", "lessthan" -> Values.compare(value, inputs.required(0, "other")) < 0;
            case "le" -> Values.compare(value, inputs.required(0, "other")) <= 0;
            case "gt", "greaterthan" -> Values.compare(value, inputs.required(0, "other")) > 0;
            case "ge" -> Values.compare(value, inputs.required(0, "other")) >= 0;
            default -> throw new WrongValue("the test '%s' is not supported".formatted(name));
        };
    }
}
