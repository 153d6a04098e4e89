package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tree of a template.
sealed interface Statement {
    int line();

    record Text(String text, int line) implements Statement {}

    record Output(Expression value, int line) implements Statement {}

    /// @param branches tried in order
    record If(List<Branch> branches, List<Statement> otherwise, int line) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    /// @param targets one name, or several for items that are sequences
    /// @param filter items without it are left out
    /// @param otherwise done if there is no item
    record For(
            List<String> targets,
            Expression items,
            @Nullable Expression filter,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    /// `set a, b = value`
    record Set(List<String> targets, Expression value, int line) implements Statement {}

    /// `set namespace.name = value`
    record SetAttribute(String namespace, String name, Expression value, int line) implements Statement {}

    /// `set name` ... `endset`
    record SetBlock(String target, List<Statement> body, int line) implements Statement {}

    record Macro(String name, List<Parameter> parameters, List<Statement> body, int line) implements Statement {}

    record Parameter(String name, @Nullable Expression absent) {}

    /// `generation` ... `endgeneration`, which marks what the assistant says.
    record Group(List<Statement> body, int line) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}
}
