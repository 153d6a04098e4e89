package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tree of an expression.
sealed interface Expression {
    int line();

    /// @param value as [Values] describes
    record Literal(Object value, int line) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record Sequence(List<Expression> items, boolean tuple, int line) implements Expression {}

    record Mapping(List<Map.Entry<Expression, Expression>> entries, int line) implements Expression {}

    /// `object.name`
    record Attribute(Expression object, String name, int line) implements Expression {}

    /// `object[key]`
    record Item(Expression object, Expression key, int line) implements Expression {}

    /// `object[from:to:step]`
    record Slice(
            Expression object,
            @Nullable Expression from,
            @Nullable Expression to,
            @Nullable Expression step,
            int line) implements Expression {}

    record Call(Expression function, Arguments arguments, int line) implements Expression {}

    record Filter(Expression value, String name, Arguments arguments, int line) implements Expression {}

    /// `value is name(arguments)`
    record Test(Expression value, String name, Arguments arguments, int line) implements Expression {}

    /// `not`, `-`, `+`
    record Unary(String operator, Expression value, int line) implements Expression {}

    /// Arithmetic, `~`, `and`, `or`.
    record Binary(String operator, Expression left, Expression right, int line) implements Expression {}

    /// `a < b <= c`, `a in b`, `a not in b`
    record Comparison(Expression first, List<Step> steps, int line) implements Expression {}

    record Step(String operator, Expression right) {}

    /// `value if condition else otherwise`
    record Conditional(
            Expression value,
            Expression condition,
            @Nullable Expression otherwise,
            int line) implements Expression {}

    /// Of a call, a filter or a test.
    record Arguments(List<Expression> positional, Map<String, Expression> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
