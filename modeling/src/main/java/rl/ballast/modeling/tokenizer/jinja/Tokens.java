package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;

/// A cursor over the tokens of one tag.
final class Tokens {
    private final List<Token> tokens;
    private int position;

    /// @param tokens the last is of kind END
    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(position);
    }

    boolean nextIs(String operatorOrName) {
        return peek().is(operatorOrName);
    }

    /// The token after the next.
    boolean secondIs(String operatorOrName) {
        return position + 1 < tokens.size() && tokens.get(position + 1).is(operatorOrName);
    }

    Token take() {
        Token token = peek();
        if (token.kind() != Token.Kind.END) {
            position++;
        }
        return token;
    }

    /// Takes the token if it is this one.
    boolean accept(String operatorOrName) {
        boolean found = nextIs(operatorOrName);
        if (found) {
            position++;
        }
        return found;
    }

    void expect(String operatorOrName) {
        if (!accept(operatorOrName)) {
            throw unexpected("'" + operatorOrName + "'");
        }
    }

    String name() {
        if (peek().kind() != Token.Kind.NAME) {
            throw unexpected("a name");
        }
        return take().text();
    }

    void end() {
        if (peek().kind() != Token.Kind.END) {
            throw unexpected("the end of the tag");
        }
    }

    int line() {
        return peek().line();
    }

    TemplateError unexpected(String expected) {
        return TemplateError.at(line(), "expected %s, found '%s'".formatted(expected, peek().text()));
    }
}
