package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Methods of Python's dictionaries.
final class MapMethods {
    private MapMethods() {}

    static @Nullable Function of(Map<?, ?> map, String name) {
        return switch (name) {
            case "items" ->
                inputs -> {
                    inputs.only(0);
                    return pairs(map);
                };
            case "keys" ->
                inputs -> {
                    inputs.only(0);
                    return new ArrayList<Object>(map.keySet());
                };
            case "values" ->
                inputs -> {
                    inputs.only(0);
                    return new ArrayList<Object>(map.values());
                };
            case "get" ->
                inputs -> {
                    Object found = map.get(inputs.only(2).required(0, "key"));
                    return found == null ? inputs.get(1, "default", None.NONE) : found;
                };
            default -> null;
        };
    }

    /// Key and value of every entry.
    static List<Object> pairs(Map<?, ?> map) {
        List<Object> pairs = new ArrayList<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            pairs.add(new Tuple(List.of(entry.getKey(), entry.getValue())));
        }
        return pairs;
    }
}
