package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.tokenizer.jinja.Expression.Arguments;
import rl.ballast.modeling.tokenizer.jinja.Expression.Step;

/// Expressions with Jinja's precedence: conditional, or, and, not, comparisons, + -, ~, * / // %, **, unary,
/// postfix and filters.
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final int DEEPEST = 200;

    private final Tokens tokens;
    private int depth;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /// One expression, or a tuple without parentheses.
    Expression tuple() {
        int line = tokens.line();
        Expression first = expression();
        if (!tokens.nextIs(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.accept(",") && tokens.peek().kind() != Token.Kind.END) {
            items.add(expression());
        }
        return new Expression.Sequence(List.copyOf(items), true, line);
    }

    Expression expression() {
        deeper();
        Expression value = or();
        while (tokens.nextIs("if")) {
            int line = tokens.take().line();
            Expression condition = or();
            Expression otherwise = tokens.accept("else") ? expression() : null;
            value = new Expression.Conditional(value, condition, otherwise, line);
        }
        depth--;
        return value;
    }

    private void deeper() {
        if (++depth > DEEPEST) {
            throw TemplateError.at(tokens.line(), "expected at most %d nested expressions".formatted(DEEPEST));
        }
    }

    /// An expression without a conditional at its end, as in `for x in HERE if ...`.
    Expression or() {
        Expression left = and();
        while (tokens.nextIs("or")) {
            int line = tokens.take().line();
            left = new Expression.Binary("or", left, and(), line);
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.nextIs("and")) {
            int line = tokens.take().line();
            left = new Expression.Binary("and", left, not(), line);
        }
        return left;
    }

    private Expression not() {
        if (tokens.nextIs("not")) {
            int line = tokens.take().line();
            deeper();
            Expression value = not();
            depth--;
            return new Expression.Unary("not", value, line);
        }
        return comparison();
    }

    private Expression comparison() {
        int line = tokens.line();
        Expression first = sum();
        List<Step> steps = new ArrayList<>();
        while (true) {
            if (COMPARISONS.contains(tokens.peek().text()) && tokens.peek().kind() == Token.Kind.OPERATOR) {
                steps.add(new Step(tokens.take().text(), sum()));
            } else if (tokens.accept("in")) {
                steps.add(new Step("in", sum()));
            } else if (tokens.nextIs("not") && tokens.secondIs("in")) {
                tokens.take();
                tokens.take();
                steps.add(new Step("not in", sum()));
            } else {
                return steps.isEmpty() ? first : new Expression.Comparison(first, List.copyOf(steps), line);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (tokens.nextIs("+") || tokens.nextIs("-")) {
            Token operator = tokens.take();
            left = new Expression.Binary(operator.text(), left, concatenation(), operator.line());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (tokens.nextIs("~")) {
            int line = tokens.take().line();
            left = new Expression.Binary("~", left, product(), line);
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (tokens.nextIs("*") || tokens.nextIs("/") || tokens.nextIs("//") || tokens.nextIs("%")) {
            Token operator = tokens.take();
            left = new Expression.Binary(operator.text(), left, power(), operator.line());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.nextIs("**")) {
            int line = tokens.take().line();
            left = new Expression.Binary("**", left, unary(true), line);
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Token sign = tokens.peek();
        Expression value;
        if (tokens.accept("-") || tokens.accept("+")) {
            deeper();
            value = new Expression.Unary(sign.text(), unary(false), sign.line());
            depth--;
        } else {
            value = postfix(primary());
        }
        return withFilters ? filters(value) : value;
    }

    private Expression primary() {
        Token token = tokens.take();
        return switch (token.kind()) {
            case NAME -> name(token);
            case NUMBER -> new Expression.Literal(token.literal(), token.line());
            case STRING -> string(token);
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parentheses(token.line());
                    case "[" -> new Expression.Sequence(items("]"), false, token.line());
                    case "{" -> mapping(token.line());
                    default -> throw unexpected(token);
                };
            case END -> throw unexpected(token);
        };
    }

    private static Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Expression.Literal(true, token.line());
            case "false", "False" -> new Expression.Literal(false, token.line());
            case "none", "None" -> new Expression.Literal(None.NONE, token.line());
            case "if", "else", "in", "is", "and", "or", "not" -> throw unexpected(token);
            default -> new Expression.Name(token.text(), token.line());
        };
    }

    /// Neighbouring strings are one.
    private Expression string(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (tokens.peek().kind() == Token.Kind.STRING) {
            text.append(tokens.take().text());
        }
        return new Expression.Literal(text.toString(), first.line());
    }

    private Expression parentheses(int line) {
        if (tokens.accept(")")) {
            return new Expression.Sequence(List.of(), true, line);
        }
        Expression first = expression();
        if (tokens.accept(")")) {
            return first;
        }
        tokens.expect(",");
        List<Expression> all = new ArrayList<>(List.of(first));
        all.addAll(items(")"));
        return new Expression.Sequence(List.copyOf(all), true, line);
    }

    private List<Expression> items(String close) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.accept(close)) {
            items.add(expression());
            if (!tokens.nextIs(close)) {
                tokens.expect(",");
            }
        }
        return List.copyOf(items);
    }

    private Expression mapping(int line) {
        List<Map.Entry<Expression, Expression>> entries = new ArrayList<>();
        while (!tokens.accept("}")) {
            Expression key = expression();
            tokens.expect(":");
            entries.add(Map.entry(key, expression()));
            if (!tokens.nextIs("}")) {
                tokens.expect(",");
            }
        }
        return new Expression.Mapping(List.copyOf(entries), line);
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            int line = tokens.line();
            if (tokens.accept(".")) {
                value = tokens.peek().kind() == Token.Kind.NUMBER
                        ? new Expression.Item(
                                value, new Expression.Literal(tokens.take().literal(), line), line)
                        : new Expression.Attribute(value, tokens.name(), line);
            } else if (tokens.accept("[")) {
                value = subscript(value, line);
            } else if (tokens.accept("(")) {
                value = new Expression.Call(value, arguments(), line);
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression object, int line) {
        Expression from = tokens.nextIs(":") ? null : expression();
        if (from != null && tokens.accept("]")) {
            return new Expression.Item(object, from, line);
        }
        tokens.expect(":");
        Expression to = slicePart();
        Expression step = tokens.accept(":") ? slicePart() : null;
        tokens.expect("]");
        return new Expression.Slice(object, from, to, step, line);
    }

    private @Nullable Expression slicePart() {
        return tokens.nextIs(":") || tokens.nextIs("]") ? null : expression();
    }

    private Arguments arguments() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!tokens.accept(")")) {
            if (tokens.peek().kind() == Token.Kind.NAME && tokens.secondIs("=")) {
                String name = tokens.name();
                tokens.take();
                named.put(name, expression());
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw tokens.unexpected("an argument with a name");
            }
            if (!tokens.nextIs(")")) {
                tokens.expect(",");
            }
        }
        return new Arguments(List.copyOf(positional), named);
    }

    private Expression filters(Expression start) {
        Expression value = start;
        while (true) {
            int line = tokens.line();
            if (tokens.accept("|")) {
                String name = tokens.name();
                value = new Expression.Filter(value, name, tokens.accept("(") ? arguments() : Arguments.NONE, line);
            } else if (tokens.accept("is")) {
                value = test(value, line);
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression value, int line) {
        boolean negated = tokens.accept("not");
        String name = tokens.name();
        Arguments arguments = Arguments.NONE;
        if (tokens.accept("(")) {
            arguments = arguments();
        } else if (startsTestArgument()) {
            arguments = new Arguments(List.of(postfix(primary())), Map.of());
        }
        Expression test = new Expression.Test(value, name, arguments, line);
        return negated ? new Expression.Unary("not", test, line) : test;
    }

    /// As in `x is divisibleby 3`.
    private boolean startsTestArgument() {
        Token token = tokens.peek();
        return switch (token.kind()) {
            case STRING, NUMBER -> true;
            case NAME -> !Set.of("else", "or", "and", "is", "if", "in", "not").contains(token.text());
            case OPERATOR -> token.is("[") || token.is("{");
            case END -> false;
        };
    }

    private static TemplateError unexpected(Token token) {
        return TemplateError.at(token.line(), "expected an expression, found '%s'".formatted(token.text()));
    }
}
