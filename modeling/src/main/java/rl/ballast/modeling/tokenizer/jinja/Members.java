package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Attributes, items and slices of values.
final class Members {
    private Members() {}

    /// `object.name`: a method, or the item of that name.
    static Object attribute(Object object, String name) {
        return switch (object) {
            case Undefined undefined -> throw new WrongValue("%s is undefined".formatted(undefined.description()));
            case LoopState loop -> loop.attribute(name);
            case Namespace namespace -> orUndefined(namespace.attributes().get(name), name);
            case Map<?, ?> map -> {
                Function method = MapMethods.of(map, name);
                yield method != null ? method : orUndefined(map.get(name), name);
            }
            case String text -> orUndefined(StringMethods.of(text, name), name);
            case List<?> list -> orUndefined(ListMethods.of(list, name), name);
            default -> new Undefined(name);
        };
    }

    /// `object[key]`: the item, or the attribute of that name.
    static Object item(Object object, Object key) {
        if (object instanceof Undefined undefined) {
            throw new WrongValue("%s is undefined".formatted(undefined.description()));
        }
        if (object instanceof Map<?, ?> map && map.containsKey(key)) {
            return orUndefined(map.get(key), PythonText.str(key));
        }
        if (key instanceof Long index && (object instanceof List<?> || object instanceof String)) {
            List<Object> items = Values.items(object);
            long at = index < 0 ? index + items.size() : index;
            return at >= 0 && at < items.size() ? items.get((int) at) : new Undefined("item " + index);
        }
        if (key instanceof String name) {
            return attribute(object, name);
        }
        return new Undefined("item " + PythonText.str(key));
    }

    /// `object[from:to:step]`; none stands for a part left out.
    static Object slice(Object object, Object from, Object to, Object step) {
        if (!(object instanceof List<?> || object instanceof String)) {
            throw new WrongValue("a %s has no slices".formatted(Values.type(object)));
        }
        List<Object> items = Values.items(object);
        long by = step == None.NONE ? 1 : Values.integer(step);
        if (by == 0) {
            throw new WrongValue("the step of a slice is 0");
        }
        long size = items.size();
        long low = by > 0 ? 0 : -1;
        long high = by > 0 ? size : size - 1;
        long start = from == None.NONE ? (by > 0 ? low : high) : bound(Values.integer(from), size, low, high);
        long end = to == None.NONE ? (by > 0 ? high : low) : bound(Values.integer(to), size, low, high);
        List<Object> result = new ArrayList<>();
        for (long i = start; by > 0 ? i < end : i > end; i += by) {
            result.add(items.get((int) i));
        }
        if (object instanceof String) {
            StringBuilder text = new StringBuilder();
            result.forEach(text::append);
            return text.toString();
        }
        return object instanceof Tuple ? new Tuple(result) : result;
    }

    private static long bound(long index, long size, long low, long high) {
        return Math.clamp(index < 0 ? index + size : index, low, high);
    }

    private static Object orUndefined(@Nullable Object value, String name) {
        return value == null ? new Undefined("'%s'".formatted(name)) : value;
    }
}
