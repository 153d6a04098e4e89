package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What stands after `|`.
final class Filters {
    private Filters() {}

    static Object apply(String name, Object value, Inputs inputs) {
        return switch (name) {
            case "trim" -> trim(value, inputs.only(1, "chars"));
            case "upper" -> PythonText.str(value).toUpperCase(Locale.ROOT);
            case "lower" -> PythonText.str(value).toLowerCase(Locale.ROOT);
            case "capitalize" -> StringMethods.capitalize(PythonText.str(value));
            case "string" -> PythonText.str(value);
            case "safe" -> value;
            case "replace" -> StringMethods.replace(PythonText.str(value), inputs.only(3));
            case "tojson" -> json(value, inputs);
            case "length", "count" -> Values.length(value);
            case "default", "d" -> absent(value, inputs.only(2, "default_value", "boolean"));
            case "int" -> whole(value, inputs.only(1, "default"));
            case "float" -> floating(value, inputs.only(1, "default"));
            case "abs" ->
                value instanceof Double number
                        ? (Object) Math.abs(number)
                        : (Object) Math.absExact(Values.integer(value));
            case "indent" -> indent(PythonText.str(value), inputs.only(3, "width", "first", "blank"));
            default -> ListFilters.apply(name, value, inputs);
        };
    }

    private static Object trim(Object value, Inputs inputs) {
        Object characters = inputs.get(0, "chars", None.NONE);
        String text = PythonText.str(value);
        if (characters == None.NONE) {
            return Strings.stripRight(Strings.stripLeft(text));
        }
        String set = Values.string(characters, "characters to trim");
        return Strings.stripRight(Strings.stripLeft(text, set), set);
    }

    private static String json(Object value, Inputs inputs) {
        inputs.only(4, "ensure_ascii", "indent", "separators", "sort_keys");
        if (Values.truth(inputs.get(0, "ensure_ascii", false))) {
            throw new WrongValue("tojson: ensure_ascii is not supported");
        }
        Object indent = inputs.get(1, "indent", None.NONE);
        Object separators = inputs.get(2, "separators", None.NONE);
        boolean sorted = Values.truth(inputs.get(3, "sort_keys", false));
        String item = indent == None.NONE ? ", " : ",";
        String key = ": ";
        if (separators != None.NONE) {
            List<Object> both = Values.items(separators);
            if (both.size() != 2) {
                throw new WrongValue("tojson: expected 2 separators, found %d".formatted(both.size()));
            }
            item = Values.string(both.get(0), "separators");
            key = Values.string(both.get(1), "separators");
        }
        int width = indent == None.NONE ? -1 : Math.toIntExact(Math.clamp(Values.integer(indent), 0L, 100L));
        return new JsonText(width, item, key, sorted).write(value);
    }

    private static Object absent(Object value, Inputs inputs) {
        boolean alsoFalse = Values.truth(inputs.get(1, "boolean", false));
        boolean missing = value instanceof Undefined || (alsoFalse && !Values.truth(value));
        return missing ? inputs.get(0, "default_value", "") : value;
    }

    private static Object whole(Object value, Inputs inputs) {
        try {
            return switch (value) {
                case Double number -> (long) number.doubleValue();
                case String text -> Long.parseLong(Strings.stripRight(Strings.stripLeft(text)));
                default -> Values.integer(value);
            };
        } catch (NumberFormatException | WrongValue _) {
            return inputs.get(0, "default", 0L);
        }
    }

    private static Object floating(Object value, Inputs inputs) {
        try {
            return value instanceof String text ? Double.parseDouble(text.strip()) : Values.number(value);
        } catch (NumberFormatException | WrongValue _) {
            return inputs.get(0, "default", 0.0);
        }
    }

    private static String indent(String text, Inputs inputs) {
        Object width = inputs.get(0, "width", 4L);
        String blanks =
                width instanceof String given ? given : " ".repeat((int) Math.clamp(Values.integer(width), 0L, 1000L));
        boolean first = Values.truth(inputs.get(1, "first", false));
        boolean blank = Values.truth(inputs.get(2, "blank", false));
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            boolean indented = i == 0 ? first : blank || !lines.get(i).isEmpty();
            out.append(i == 0 ? "" : "\n").append(indented ? blanks : "").append(lines.get(i));
        }
        return out.toString();
    }
}
