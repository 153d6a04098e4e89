package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Methods of Python's strings.
final class StringMethods {
    private StringMethods() {}

    static @Nullable Function of(String text, String name) {
        return switch (name) {
            case "strip" -> inputs -> strip(text, inputs, true, true);
            case "lstrip" -> inputs -> strip(text, inputs, true, false);
            case "rstrip" -> inputs -> strip(text, inputs, false, true);
            case "startswith" -> inputs -> affixes(inputs).stream().anyMatch(text::startsWith);
            case "endswith" -> inputs -> affixes(inputs).stream().anyMatch(text::endsWith);
            case "removeprefix" ->
                inputs -> {
                    String prefix = inputs.only(1).text(0, "prefix");
                    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
                };
            case "removesuffix" ->
                inputs -> {
                    String suffix = inputs.only(1).text(0, "suffix");
                    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
                };
            case "upper" -> inputs -> plain(inputs, text.toUpperCase(Locale.ROOT));
            case "lower" -> inputs -> plain(inputs, text.toLowerCase(Locale.ROOT));
            case "title" -> inputs -> plain(inputs, title(text));
            case "capitalize" -> inputs -> plain(inputs, capitalize(text));
            case "isdigit" ->
                inputs -> plain(inputs, !text.isEmpty() && text.codePoints().allMatch(Character::isDigit));
            case "isspace" ->
                inputs -> plain(inputs, !text.isEmpty() && text.codePoints().allMatch(Strings::isSpace));
            case "replace" -> inputs -> replace(text, inputs.only(3));
            case "split" -> inputs -> split(text, inputs.only(2, "sep", "maxsplit"));
            case "splitlines" ->
                inputs -> plain(inputs, new ArrayList<Object>(text.lines().toList()));
            case "join" -> inputs -> join(text, inputs.only(1).required(0, "iterable"));
            case "find" ->
                inputs -> {
                    int found = text.indexOf(inputs.only(1).text(0, "sub"));
                    return found < 0 ? -1L : (long) text.codePointCount(0, found);
                };
            case "count" -> inputs -> count(text, inputs.only(1).text(0, "sub"));
            default -> null;
        };
    }

    static String replace(String text, Inputs inputs) {
        String from = inputs.text(0, "old");
        String to = inputs.text(1, "new");
        long most = Values.integer(inputs.get(2, "count", -1L));
        if (most < 0) {
            return text.replace(from, to);
        }
        StringBuilder out = new StringBuilder();
        int position = 0;
        for (long i = 0; i < most; i++) {
            int found = text.indexOf(from, position);
            if (found < 0 || from.isEmpty()) {
                break;
            }
            out.append(text, position, found).append(to);
            position = found + from.length();
        }
        return out.append(text.substring(position)).toString();
    }

    static String join(String separator, Object items) {
        List<String> texts = new ArrayList<>();
        for (Object item : Values.items(items)) {
            texts.add(Values.string(item, "join"));
        }
        return String.join(separator, texts);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /// As `str.title`: a letter after a letter is small, any other is large.
    static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            boolean letter = Character.isLetter(c);
            out.appendCodePoint(!letter ? c : inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inside = letter;
        }
        return out.toString();
    }

    private static Object plain(Inputs inputs, Object result) {
        inputs.only(0);
        return result;
    }

    private static String strip(String text, Inputs inputs, boolean left, boolean right) {
        Object characters = inputs.only(1).get(0, "chars", None.NONE);
        String result = text;
        if (characters == None.NONE) {
            result = left ? Strings.stripLeft(result) : result;
            return right ? Strings.stripRight(result) : result;
        }
        String set = Values.string(characters, "characters to strip");
        result = left ? Strings.stripLeft(result, set) : result;
        return right ? Strings.stripRight(result, set) : result;
    }

    private static List<String> affixes(Inputs inputs) {
        Object affix = inputs.only(1).required(0, "affix");
        List<Object> all = affix instanceof List<?> ? Values.items(affix) : List.of(affix);
        return all.stream().map(one -> Values.string(one, "affix")).toList();
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return Values.length(text) + 1;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static List<Object> split(String text, Inputs inputs) {
        Object separator = inputs.get(0, "sep", None.NONE);
        long most = Values.integer(inputs.get(1, "maxsplit", -1L));
        return separator == None.NONE
                ? splitAtSpace(text, most)
                : splitAt(text, Values.string(separator, "separator"), most);
    }

    private static List<Object> splitAt(String text, String separator, long most) {
        if (separator.isEmpty()) {
            throw new WrongValue("split: empty separator");
        }
        List<Object> parts = new ArrayList<>();
        int position = 0;
        while (most < 0 || parts.size() < most) {
            int found = text.indexOf(separator, position);
            if (found < 0) {
                break;
            }
            parts.add(text.substring(position, found));
            position = found + separator.length();
        }
        parts.add(text.substring(position));
        return parts;
    }

    private static List<Object> splitAtSpace(String text, long most) {
        List<Object> parts = new ArrayList<>();
        String rest = Strings.stripLeft(text);
        while (!rest.isEmpty()) {
            if (most >= 0 && parts.size() == most) {
                parts.add(Strings.stripRight(rest));
                break;
            }
            int end = 0;
            while (end < rest.length() && !Strings.isSpace(rest.charAt(end))) {
                end++;
            }
            parts.add(rest.substring(0, end));
            rest = Strings.stripLeft(rest.substring(end));
        }
        return parts;
    }
}
