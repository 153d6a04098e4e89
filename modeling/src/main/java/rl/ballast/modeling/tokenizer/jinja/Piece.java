package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;

/// What a template consists of at the top: text, printed expressions and statements.
sealed interface Piece {
    int line();

    record Text(String text, int line) implements Piece {}

    /// `{{ ... }}`
    record Output(List<Token> tokens, int line) implements Piece {}

    /// `{% ... %}`
    record Block(List<Token> tokens, int line) implements Piece {
        /// The first word.
        String name() {
            return tokens.getFirst().text();
        }
    }
}
