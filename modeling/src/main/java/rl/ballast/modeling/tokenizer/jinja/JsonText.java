package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// JSON as Python's `json.dumps(value, ensure_ascii=False)` writes it, which is what `tojson` is in chat
/// templates.
final class JsonText {
    private final StringBuilder out = new StringBuilder();
    private final int indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sorted;

    /// @param indent blanks per level; negative for one line
    JsonText(int indent, String itemSeparator, String keySeparator, boolean sorted) {
        this.indent = indent;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.sorted = sorted;
    }

    String write(Object value) {
        write(value, 1);
        return out.toString();
    }

    private void write(Object value, int level) {
        switch (value) {
            case None _ -> out.append("null");
            case Boolean flag -> out.append(flag.booleanValue());
            case Long number -> out.append(number.longValue());
            case Double number -> out.append(floating(number));
            case String text -> string(text);
            case List<?> list -> list(list, level);
            case Map<?, ?> map -> map(map, level);
            default -> throw new WrongValue("a %s has no JSON".formatted(Values.type(value)));
        }
    }

    private void list(List<?> list, int level) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        String separator = "[";
        for (Object item : list) {
            out.append(separator);
            newLine(level);
            write(item, level + 1);
            separator = itemSeparator;
        }
        newLine(level - 1);
        out.append(']');
    }

    private void map(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        String separator = "{";
        for (Map.Entry<?, ?> entry : entries(map)) {
            out.append(separator);
            newLine(level);
            string(key(entry.getKey()));
            out.append(keySeparator);
            write(entry.getValue(), level + 1);
            separator = itemSeparator;
        }
        newLine(level - 1);
        out.append('}');
    }

    private List<Map.Entry<?, ?>> entries(Map<?, ?> map) {
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sorted) {
            entries.sort((a, b) -> Values.compare(a.getKey(), b.getKey()));
        }
        return entries;
    }

    private static String key(Object key) {
        return switch (key) {
            case String text -> text;
            case None _ -> "null";
            case Boolean flag -> flag.toString();
            case Long number -> number.toString();
            case Double number -> floating(number);
            default -> throw new WrongValue("a %s is no key in JSON".formatted(Values.type(key)));
        };
    }

    private static String floating(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return Double.isInfinite(value) ? value > 0 ? "Infinity" : "-Infinity" : PythonText.floating(value);
    }

    private void newLine(int level) {
        if (indent >= 0) {
            out.append('\n').repeat(' ', indent * level);
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
