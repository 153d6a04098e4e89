package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builds the tree of a template.
final class StatementParser {
    private static final int DEEPEST = 100;

    private final List<Piece> pieces;
    private int position;
    private int depth;
    private int loops;

    private StatementParser(List<Piece> pieces) {
        this.pieces = pieces;
    }

    static List<Statement> parse(String template) {
        StatementParser parser = new StatementParser(TemplateLexer.split(template));
        List<Statement> statements = parser.body();
        if (parser.position < parser.pieces.size()) {
            Piece.Block block = (Piece.Block) parser.pieces.get(parser.position);
            throw TemplateError.at(block.line(), "unexpected statement '%s'".formatted(block.name()));
        }
        return statements;
    }

    /// Statements up to one that ends or divides the surrounding one.
    private List<Statement> body() {
        if (++depth > DEEPEST) {
            throw TemplateError.at(
                    pieces.get(position).line(), "expected at most %d nested statements".formatted(DEEPEST));
        }
        List<Statement> statements = new ArrayList<>();
        while (position < pieces.size()) {
            switch (pieces.get(position)) {
                case Piece.Text text -> statements.add(new Statement.Text(text.text(), text.line()));
                case Piece.Output output -> statements.add(output(output));
                case Piece.Block block -> {
                    if (ends(block.name())) {
                        depth--;
                        return List.copyOf(statements);
                    }
                    statements.add(statement(block));
                    continue;
                }
            }
            position++;
        }
        depth--;
        return List.copyOf(statements);
    }

    private static boolean ends(String name) {
        return name.startsWith("end") || name.equals("else") || name.equals("elif");
    }

    private static Statement output(Piece.Output output) {
        Tokens tokens = new Tokens(output.tokens());
        Expression value = new ExpressionParser(tokens).tuple();
        tokens.end();
        return new Statement.Output(value, output.line());
    }

    private Statement statement(Piece.Block block) {
        position++;
        Tokens tokens = new Tokens(block.tokens());
        String name = tokens.name();
        int line = block.line();
        Statement statement = switch (name) {
            case "if" -> branches(tokens, line);
            case "for" -> loop(tokens, line);
            case "set" -> set(tokens, line);
            case "macro" -> macro(tokens, line);
            case "generation" -> {
                tokens.end();
                Statement group = new Statement.Group(body(), line);
                close("endgeneration", line);
                yield group;
            }
            case "break", "continue" -> {
                if (loops == 0) {
                    throw TemplateError.at(line, "'%s' outside of a loop".formatted(name));
                }
                yield name.equals("break") ? new Statement.Break(line) : new Statement.Continue(line);
            }
            default -> throw TemplateError.at(line, "the statement '%s' is not supported".formatted(name));
        };
        tokens.end();
        return statement;
    }

    private Statement branches(Tokens first, int line) {
        List<Statement.Branch> branches = new ArrayList<>();
        Expression condition = condition(first);
        while (true) {
            branches.add(new Statement.Branch(condition, body()));
            Tokens next = divider(line);
            if (next.accept("elif")) {
                condition = condition(next);
            } else if (next.accept("else")) {
                next.end();
                List<Statement> otherwise = body();
                close("endif", line);
                return new Statement.If(List.copyOf(branches), otherwise, line);
            } else {
                next.expect("endif");
                next.end();
                return new Statement.If(List.copyOf(branches), List.of(), line);
            }
        }
    }

    private static Expression condition(Tokens tokens) {
        Expression condition = new ExpressionParser(tokens).tuple();
        tokens.end();
        return condition;
    }

    private Statement loop(Tokens tokens, int line) {
        List<String> targets = targets(tokens);
        tokens.expect("in");
        ExpressionParser parser = new ExpressionParser(tokens);
        Expression items = parser.or();
        Expression filter = tokens.accept("if") ? parser.expression() : null;
        tokens.end();
        loops++;
        List<Statement> body = body();
        loops--;
        List<Statement> otherwise = List.of();
        Tokens next = divider(line);
        if (next.accept("else")) {
            next.end();
            otherwise = body();
            close("endfor", line);
        } else {
            next.expect("endfor");
            next.end();
        }
        return new Statement.For(targets, items, filter, body, otherwise, line);
    }

    private Statement set(Tokens tokens, int line) {
        if (tokens.secondIs(".")) {
            String namespace = tokens.name();
            tokens.expect(".");
            String name = tokens.name();
            tokens.expect("=");
            return new Statement.SetAttribute(namespace, name, new ExpressionParser(tokens).tuple(), line);
        }
        List<String> targets = targets(tokens);
        if (tokens.accept("=")) {
            return new Statement.Set(targets, new ExpressionParser(tokens).tuple(), line);
        }
        tokens.end();
        if (targets.size() != 1) {
            throw TemplateError.at(line, "expected '=' after several names");
        }
        Statement set = new Statement.SetBlock(targets.getFirst(), body(), line);
        close("endset", line);
        return set;
    }

    private Statement macro(Tokens tokens, int line) {
        String name = tokens.name();
        List<Statement.Parameter> parameters = new ArrayList<>();
        tokens.expect("(");
        while (!tokens.accept(")")) {
            String parameter = tokens.name();
            @Nullable Expression absent = tokens.accept("=") ? new ExpressionParser(tokens).expression() : null;
            parameters.add(new Statement.Parameter(parameter, absent));
            if (!tokens.nextIs(")")) {
                tokens.expect(",");
            }
        }
        tokens.end();
        int outer = loops;
        loops = 0;
        List<Statement> body = body();
        loops = outer;
        close("endmacro", line);
        return new Statement.Macro(name, List.copyOf(parameters), body, line);
    }

    private static List<String> targets(Tokens tokens) {
        boolean bracketed = tokens.accept("(");
        List<String> targets = new ArrayList<>(List.of(tokens.name()));
        while (tokens.accept(",")) {
            targets.add(tokens.name());
        }
        if (bracketed) {
            tokens.expect(")");
        }
        return List.copyOf(targets);
    }

    /// The statement at which [#body] stopped.
    private Tokens divider(int openedAt) {
        if (position == pieces.size()) {
            throw TemplateError.at(openedAt, "this statement is not closed");
        }
        return new Tokens(((Piece.Block) pieces.get(position++)).tokens());
    }

    private void close(String name, int openedAt) {
        Tokens tokens = divider(openedAt);
        tokens.expect(name);
        if (tokens.peek().kind() == Token.Kind.NAME) {
            // {% endmacro name %}
            tokens.take();
        }
        tokens.end();
    }
}
