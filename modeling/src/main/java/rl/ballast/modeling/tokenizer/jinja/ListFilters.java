package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Filters whose value is a list or a mapping.
final class ListFilters {
    private ListFilters() {}

    static Object apply(String name, Object value, Inputs inputs) {
        return switch (name) {
            case "first" -> edge(Values.items(value), true);
            case "last" -> edge(Values.items(value), false);
            case "list" -> Values.items(value);
            case "reverse" ->
                value instanceof String text
                        ? new StringBuilder(text).reverse().toString()
                        : Values.items(value).reversed();
            case "join" -> join(value, inputs.only(1, "d"));
            case "items" -> value instanceof Map<?, ?> map ? MapMethods.pairs(map) : Values.items(value);
            case "dictsort" -> {
                inputs.only(0);
                yield dictionarySort(value);
            }
            case "unique" -> {
                inputs.only(0);
                yield unique(Values.items(value));
            }
            case "sum" -> Values.items(value).stream().reduce(0L, (left, right) -> Arithmetic.apply("+", left, right));
            case "max" -> best(Values.items(value), Values::compare);
            case "min" -> best(Values.items(value), ((Comparator<Object>) Values::compare).reversed());
            case "map" -> map(Values.items(value), inputs);
            case "select" -> where(value, inputs, 0, true);
            case "reject" -> where(value, inputs, 0, false);
            case "selectattr" -> where(value, inputs, 1, true);
            case "rejectattr" -> where(value, inputs, 1, false);
            default -> throw new WrongValue("the filter '%s' is not supported".formatted(name));
        };
    }

    private static Object edge(List<Object> items, boolean first) {
        if (items.isEmpty()) {
            return new Undefined("an item of an empty list");
        }
        return first ? items.getFirst() : items.getLast();
    }

    private static Object join(Object value, Inputs inputs) {
        String separator = PythonText.str(inputs.get(0, "d", ""));
        return String.join(
                separator, Values.items(value).stream().map(PythonText::str).toList());
    }

    private static Object dictionarySort(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new WrongValue("dictsort: expected a mapping, found a %s".formatted(Values.type(value)));
        }
        List<Object> pairs = MapMethods.pairs(map);
        // Jinja ignores case here.
        pairs.sort((a, b) -> Values.compare(sortKey(a), sortKey(b)));
        return pairs;
    }

    private static Object sortKey(Object pair) {
        Object key = ((List<?>) pair).getFirst();
        return key instanceof String text ? text.toLowerCase(Locale.ROOT) : key;
    }

    private static Object unique(List<Object> items) {
        List<Object> kept = new ArrayList<>();
        for (Object item : items) {
            if (kept.stream().noneMatch(other -> Values.equal(fold(other), fold(item)))) {
                kept.add(item);
            }
        }
        return kept;
    }

    private static Object fold(Object item) {
        return item instanceof String text ? text.toLowerCase(Locale.ROOT) : item;
    }

    private static Object best(List<Object> items, Comparator<Object> order) {
        return items.stream().max(order).orElseGet(() -> new Undefined("an item of an empty list"));
    }

    private static Object map(List<Object> items, Inputs inputs) {
        Object attribute = inputs.named().get("attribute");
        if (attribute != null) {
            inputs.only(0, "attribute", "default");
            Object absent = inputs.named().get("default");
            return items.stream()
                    .map(item -> path(item, attribute))
                    .map(found -> found instanceof Undefined && absent != null ? absent : found)
                    .toList();
        }
        String filter = inputs.text(0, "filter");
        Inputs rest = rest(inputs, 1);
        return items.stream().map(item -> Filters.apply(filter, item, rest)).toList();
    }

    /// @param attribute 1 if the test is of an attribute, else 0
    private static Object where(Object value, Inputs inputs, int attribute, boolean wanted) {
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.items(value)) {
            Object tested = attribute == 0 ? item : path(item, inputs.required(0, "attribute"));
            boolean holds = inputs.positional().size() > attribute
                    ? Tests.apply(inputs.text(attribute, "test"), tested, rest(inputs, attribute + 1))
                    : Values.truth(tested);
            if (holds == wanted) {
                kept.add(item);
            }
        }
        return kept;
    }

    /// `a.b` looks up `b` in `a`.
    private static Object path(Object item, Object attribute) {
        if (attribute instanceof Long) {
            return Members.item(item, attribute);
        }
        Object value = item;
        for (String name : Values.string(attribute, "attribute").split("\\.", -1)) {
            value = Members.item(value, name);
        }
        return value;
    }

    private static Inputs rest(Inputs inputs, int from) {
        List<Object> positional = inputs.positional();
        return new Inputs(positional.subList(Math.min(from, positional.size()), positional.size()), inputs.named());
    }
}
