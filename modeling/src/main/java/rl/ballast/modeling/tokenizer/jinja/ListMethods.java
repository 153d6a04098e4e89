package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Methods of Python's lists that change nothing (templates run in a sandbox that forbids the others).
final class ListMethods {
    private ListMethods() {}

    static @Nullable Function of(List<?> list, String name) {
        return switch (name) {
            case "index" ->
                inputs -> {
                    Object wanted = inputs.only(1).required(0, "value");
                    for (int i = 0; i < list.size(); i++) {
                        if (Values.equal(list.get(i), wanted)) {
                            return (long) i;
                        }
                    }
                    throw new WrongValue("index: %s is not in the list".formatted(PythonText.repr(wanted)));
                };
            case "count" ->
                inputs -> {
                    Object wanted = inputs.only(1).required(0, "value");
                    return list.stream()
                            .filter(item -> Values.equal(item, wanted))
                            .count();
                };
            default -> null;
        };
    }
}
