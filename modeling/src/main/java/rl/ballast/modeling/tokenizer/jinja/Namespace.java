package rl.ballast.modeling.tokenizer.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/// `namespace(...)`: attributes that inner scopes may set.
record Namespace(Map<String, Object> attributes) {
    Namespace() {
        this(new LinkedHashMap<>());
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
