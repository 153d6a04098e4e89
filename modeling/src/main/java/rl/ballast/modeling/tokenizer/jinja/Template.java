package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A parsed template, rendered as Jinja renders chat templates in transformers (`trim_blocks`, `lstrip_blocks`,
/// loop controls, `raise_exception`, `tojson` without escaping). Immutable; may be used by several threads.
public final class Template {
    /// As in Jinja's sandbox.
    private static final long LONGEST_RANGE = 100_000;

    private final List<Statement> statements;

    private Template(List<Statement> statements) {
        this.statements = statements;
    }

    /// @throws TemplateError if the text is no template of the supported part of the language
    public static Template parse(String text) {
        return new Template(StatementParser.parse(text));
    }

    /// @param variables null, booleans, integers, floats, strings, and collections and maps of them
    /// @throws TemplateError if the template uses something that is not supported or not there, or raises an
    ///        error itself
    /// @throws IllegalArgumentException if a variable is of another type
    public String render(Map<String, ? extends @Nullable Object> variables) {
        Scope globals = new Scope(null);
        globals.set("range", (Function) Template::range);
        globals.set("namespace", (Function) inputs -> {
            Namespace namespace = new Namespace();
            for (Object given : inputs.only(1, inputs.named().keySet().toArray(String[]::new))
                    .positional()) {
                Values.items(given)
                        .forEach(key -> namespace.attributes().put(PythonText.str(key), Members.item(given, key)));
            }
            namespace.attributes().putAll(inputs.named());
            return namespace;
        });
        globals.set("dict", (Function) inputs -> new java.util.LinkedHashMap<Object, Object>(inputs.named()));
        globals.set("raise_exception", (Function) inputs -> {
            throw new TemplateError(inputs.text(0, "message"));
        });
        Scope scope = new Scope(globals);
        for (Map.Entry<String, ? extends @Nullable Object> variable : variables.entrySet()) {
            scope.set(variable.getKey(), Values.of(variable.getValue()));
        }
        return new Renderer().render(statements, scope);
    }

    private static Object range(Inputs inputs) {
        inputs.only(3);
        long first = Values.integer(inputs.required(0, "start"));
        boolean one = inputs.positional().size() == 1;
        long start = one ? 0 : first;
        long end = one ? first : Values.integer(inputs.required(1, "stop"));
        long step = Values.integer(inputs.get(2, "step", 1L));
        if (step == 0) {
            throw new WrongValue("range: the step is 0");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < end : i > end; i += step) {
            if (numbers.size() == LONGEST_RANGE) {
                throw new WrongValue("range: expected at most %d numbers".formatted(LONGEST_RANGE));
            }
            numbers.add(i);
        }
        return numbers;
    }
}
