package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// Runs statements and collects their text.
final class Renderer {
    private static final int LONGEST = 64 << 20;
    private static final int DEEPEST = 100;

    /// How a body ended.
    private enum End {
        NORMAL,
        BREAK,
        CONTINUE
    }

    private final Evaluator evaluator = new Evaluator();
    private StringBuilder out = new StringBuilder();
    private int macros;

    String render(List<Statement> statements, Scope scope) {
        run(statements, scope);
        return out.toString();
    }

    private End run(List<Statement> statements, Scope scope) {
        for (Statement statement : statements) {
            evaluator.step(statement.line());
            End end = run(statement, scope);
            if (end != End.NORMAL) {
                return end;
            }
        }
        return End.NORMAL;
    }

    private End run(Statement statement, Scope scope) {
        try {
            return switch (statement) {
                case Statement.Text text -> print(text.text());
                case Statement.Output output -> print(PythonText.str(evaluator.evaluate(output.value(), scope)));
                case Statement.If choice -> choose(choice, scope);
                case Statement.For loop -> loop(loop, scope);
                case Statement.Set set -> assign(set.targets(), evaluator.evaluate(set.value(), scope), scope);
                case Statement.SetAttribute set -> setAttribute(set, scope);
                case Statement.SetBlock set ->
                    assign(List.of(set.target()), captured(set.body(), new Scope(scope)), scope);
                case Statement.Macro macro -> {
                    scope.set(macro.name(), (Function) inputs -> call(macro, inputs, scope));
                    yield End.NORMAL;
                }
                case Statement.Group group -> run(group.body(), new Scope(scope));
                case Statement.Break _ -> End.BREAK;
                case Statement.Continue _ -> End.CONTINUE;
            };
        } catch (WrongValue e) {
            throw TemplateError.at(statement.line(), String.valueOf(e.getMessage()));
        }
    }

    private End print(String text) {
        if (out.length() + text.length() > LONGEST) {
            throw new WrongValue("expected at most %d characters of text".formatted(LONGEST));
        }
        out.append(text);
        return End.NORMAL;
    }

    private End choose(Statement.If choice, Scope scope) {
        for (Statement.Branch branch : choice.branches()) {
            if (Values.truth(evaluator.evaluate(branch.condition(), scope))) {
                return run(branch.body(), scope);
            }
        }
        return run(choice.otherwise(), scope);
    }

    private End loop(Statement.For loop, Scope scope) {
        List<Object> items = new ArrayList<>();
        Expression filter = loop.filter();
        for (Object item : Values.items(evaluator.evaluate(loop.items(), scope))) {
            evaluator.step(loop.line());
            Scope candidate = new Scope(scope);
            assign(loop.targets(), item, candidate);
            if (filter == null || Values.truth(evaluator.evaluate(filter, candidate))) {
                items.add(item);
            }
        }
        for (int i = 0; i < items.size(); i++) {
            Scope inner = new Scope(scope);
            inner.set("loop", new LoopState(items, i));
            assign(loop.targets(), items.get(i), inner);
            if (run(loop.body(), inner) == End.BREAK) {
                break;
            }
        }
        return items.isEmpty() ? run(loop.otherwise(), new Scope(scope)) : End.NORMAL;
    }

    private static End assign(List<String> targets, Object value, Scope scope) {
        if (targets.size() == 1) {
            scope.set(targets.getFirst(), value);
            return End.NORMAL;
        }
        List<Object> parts = Values.items(value);
        if (parts.size() != targets.size()) {
            throw new WrongValue(
                    "expected %d values for %s, found %d".formatted(targets.size(), targets, parts.size()));
        }
        for (int i = 0; i < parts.size(); i++) {
            scope.set(targets.get(i), parts.get(i));
        }
        return End.NORMAL;
    }

    private End setAttribute(Statement.SetAttribute set, Scope scope) {
        if (!(scope.get(set.namespace()) instanceof Namespace namespace)) {
            throw new WrongValue("'%s' is not a namespace, its attributes cannot be set".formatted(set.namespace()));
        }
        namespace.attributes().put(set.name(), evaluator.evaluate(set.value(), scope));
        return End.NORMAL;
    }

    private String captured(List<Statement> body, Scope scope) {
        StringBuilder outer = out;
        out = new StringBuilder();
        try {
            run(body, scope);
            return out.toString();
        } finally {
            out = outer;
        }
    }

    private Object call(Statement.Macro macro, Inputs inputs, Scope defining) {
        List<Statement.Parameter> parameters = macro.parameters();
        inputs.only(
                parameters.size(),
                parameters.stream().map(Statement.Parameter::name).toArray(String[]::new));
        if (++macros > DEEPEST) {
            throw new WrongValue("expected at most %d nested macro calls".formatted(DEEPEST));
        }
        Scope scope = new Scope(defining);
        for (int i = 0; i < parameters.size(); i++) {
            Statement.Parameter parameter = parameters.get(i);
            Expression absent = parameter.absent();
            Object value;
            if (inputs.has(i, parameter.name())) {
                value = inputs.get(i, parameter.name(), None.NONE);
            } else {
                value = absent == null
                        ? new Undefined("'%s'".formatted(parameter.name()))
                        : evaluator.evaluate(absent, scope);
            }
            scope.set(parameter.name(), value);
        }
        String text = captured(macro.body(), scope);
        macros--;
        return text;
    }
}
