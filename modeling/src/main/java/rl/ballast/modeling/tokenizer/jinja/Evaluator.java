package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes expressions. One per rendering; counts steps, so that no template runs for ever.
final class Evaluator {
    private static final long MOST_STEPS = 5_000_000;

    private long steps;

    Object evaluate(Expression expression, Scope scope) {
        step(expression.line());
        try {
            return compute(expression, scope);
        } catch (WrongValue e) {
            throw TemplateError.at(expression.line(), String.valueOf(e.getMessage()));
        }
    }

    /// Counts one unit of work.
    void step(int line) {
        if (++steps > MOST_STEPS) {
            throw TemplateError.at(line, "expected at most %d steps of work".formatted(MOST_STEPS));
        }
    }

    private Object compute(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.Sequence sequence -> {
                List<Object> items = all(sequence.items(), scope);
                yield sequence.tuple() ? new Tuple(items) : items;
            }
            case Expression.Mapping mapping -> mapping(mapping, scope);
            case Expression.Attribute attribute ->
                Members.attribute(evaluate(attribute.object(), scope), attribute.name());
            case Expression.Item item -> Members.item(evaluate(item.object(), scope), evaluate(item.key(), scope));
            case Expression.Slice slice ->
                Members.slice(
                        evaluate(slice.object(), scope),
                        optional(slice.from(), scope),
                        optional(slice.to(), scope),
                        optional(slice.step(), scope));
            case Expression.Call call -> call(call, scope);
            case Expression.Filter filter ->
                Filters.apply(filter.name(), evaluate(filter.value(), scope), inputs(filter.arguments(), scope));
            case Expression.Test test ->
                Tests.apply(test.name(), evaluate(test.value(), scope), inputs(test.arguments(), scope));
            case Expression.Unary unary -> unary(unary.operator(), evaluate(unary.value(), scope));
            case Expression.Binary binary -> binary(binary, scope);
            case Expression.Comparison comparison -> comparison(comparison, scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private List<Object> all(List<Expression> items, Scope scope) {
        List<Object> values = new ArrayList<>();
        for (Expression item : items) {
            values.add(evaluate(item, scope));
        }
        return values;
    }

    private Object mapping(Expression.Mapping mapping, Scope scope) {
        Map<Object, Object> values = new LinkedHashMap<>();
        for (Map.Entry<Expression, Expression> entry : mapping.entries()) {
            values.put(evaluate(entry.getKey(), scope), evaluate(entry.getValue(), scope));
        }
        return values;
    }

    private Object optional(@Nullable Expression expression, Scope scope) {
        return expression == null ? None.NONE : evaluate(expression, scope);
    }

    private Object call(Expression.Call call, Scope scope) {
        Object function = evaluate(call.function(), scope);
        if (function instanceof Function callable) {
            return callable.call(inputs(call.arguments(), scope));
        }
        throw new WrongValue("expected a function, found a %s".formatted(Values.type(function)));
    }

    private Inputs inputs(Expression.Arguments arguments, Scope scope) {
        if (arguments.positional().isEmpty() && arguments.named().isEmpty()) {
            return Inputs.NONE;
        }
        Map<String, Object> named = new LinkedHashMap<>();
        List<Object> positional = all(arguments.positional(), scope);
        arguments.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
        return new Inputs(positional, named);
    }

    private static Object unary(String operator, Object value) {
        return switch (operator) {
            case "not" -> !Values.truth(value);
            case "-" ->
                value instanceof Double number ? (Object) (-number) : (Object) Math.negateExact(Values.integer(value));
            default -> value instanceof Double ? value : (Object) Values.integer(value);
        };
    }

    private Object binary(Expression.Binary binary, Scope scope) {
        Object left = evaluate(binary.left(), scope);
        return switch (binary.operator()) {
            case "and" -> Values.truth(left) ? evaluate(binary.right(), scope) : left;
            case "or" -> Values.truth(left) ? left : evaluate(binary.right(), scope);
            case "~" -> PythonText.str(left) + PythonText.str(evaluate(binary.right(), scope));
            default -> Arithmetic.apply(binary.operator(), left, evaluate(binary.right(), scope));
        };
    }

    private Object comparison(Expression.Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Expression.Step step : comparison.steps()) {
            Object right = evaluate(step.right(), scope);
            if (!holds(step.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private static boolean holds(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> Values.equal(left, right);
            case "!=" -> !Values.equal(left, right);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            case ">=" -> Values.compare(left, right) >= 0;
            case "in" -> Values.contains(right, left);
            case "not in" -> !Values.contains(right, left);
            default -> throw new WrongValue("'%s' is not supported".formatted(operator));
        };
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (Values.truth(evaluate(conditional.condition(), scope))) {
            return evaluate(conditional.value(), scope);
        }
        Expression otherwise = conditional.otherwise();
        return otherwise == null ? new Undefined("a condition without else") : evaluate(otherwise, scope);
    }
}
