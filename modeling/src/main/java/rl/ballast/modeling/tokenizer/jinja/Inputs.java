package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;
import java.util.Map;

/// Evaluated arguments of a call, a filter or a test.
record Inputs(List<Object> positional, Map<String, Object> named) {
    static final Inputs NONE = new Inputs(List.of(), Map.of());

    /// Checks that nothing is given that the callee does not know.
    ///
    /// @param most positional arguments
    Inputs only(int most, String... names) {
        if (positional.size() > most) {
            throw new WrongValue("expected at most %d arguments, found %d".formatted(most, positional.size()));
        }
        for (String name : named.keySet()) {
            if (!List.of(names).contains(name)) {
                throw new WrongValue("unknown argument '%s'".formatted(name));
            }
        }
        return this;
    }

    boolean has(int index, String name) {
        return index < positional.size() || named.containsKey(name);
    }

    Object get(int index, String name, Object absent) {
        if (index < positional.size()) {
            return positional.get(index);
        }
        return named.getOrDefault(name, absent);
    }

    Object required(int index, String name) {
        if (!has(index, name)) {
            throw new WrongValue("expected an argument '%s'".formatted(name));
        }
        return get(index, name, None.NONE);
    }

    String text(int index, String name) {
        return Values.string(required(index, name), name);
    }
}
