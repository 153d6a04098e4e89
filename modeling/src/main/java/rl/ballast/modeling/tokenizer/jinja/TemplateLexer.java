package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// Splits a template as Jinja does with `trim_blocks` and `lstrip_blocks` on: the newline after a statement or
/// comment is dropped, and blanks before one on its line; `-` drops all white space on its side, `+` keeps it.
final class TemplateLexer {
    private final String source;
    private final List<Piece> pieces = new ArrayList<>();
    private int position;
    private int line = 1;
    private boolean lineStarting = true;

    private TemplateLexer(String source) {
        this.source = source;
    }

    static List<Piece> split(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        // As in Jinja, one newline at the end of the file is not part of the text.
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        return new TemplateLexer(source).run();
    }

    private List<Piece> run() {
        while (position < source.length()) {
            int start = nextTag();
            if (start < 0) {
                addText(source.substring(position));
                break;
            }
            char kind = source.charAt(start + 1);
            addText(leadingText(start, kind));
            line += count(position, start);
            position = start + 2;
            if (position < source.length() && (source.charAt(position) == '-' || source.charAt(position) == '+')) {
                position++;
            }
            switch (kind) {
                case '#' -> comment();
                case '{' -> inside("}}");
                default -> inside("%}");
            }
        }
        return pieces;
    }

    private int nextTag() {
        for (int i = position; i + 1 < source.length(); i++) {
            char next = source.charAt(i + 1);
            if (source.charAt(i) == '{' && (next == '{' || next == '%' || next == '#')) {
                return i;
            }
        }
        return -1;
    }

    /// The text before a tag, without what the tag drops.
    private String leadingText(int start, char kind) {
        String text = source.substring(position, start);
        char sign = start + 2 < source.length() ? source.charAt(start + 2) : ' ';
        if (sign == '-') {
            return Strings.stripRight(text);
        }
        if (sign == '+' || kind == '{') {
            return text;
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean atLineStart = lineStart > 0 || lineStarting;
        return atLineStart && text.substring(lineStart).isBlank() ? text.substring(0, lineStart) : text;
    }

    private void addText(String text) {
        if (!text.isEmpty()) {
            pieces.add(new Piece.Text(text, line));
        }
    }

    private void comment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw TemplateError.at(line, "expected #} to end a comment, found the end of the template");
        }
        char sign = source.charAt(end - 1);
        line += count(position, end);
        position = end + 2;
        dropAfter(sign, true);
    }

    private void inside(String close) {
        ExpressionLexer lexer = new ExpressionLexer(source, position, line, close);
        List<Token> tokens = lexer.run();
        boolean block = close.equals("%}");
        if (block && tokens.size() == 1) {
            throw TemplateError.at(line, "expected a statement between {% and %}, found nothing");
        }
        Piece piece = block ? new Piece.Block(tokens, line) : new Piece.Output(tokens, line);
        pieces.add(piece);
        line = lexer.line();
        position = lexer.end();
        boolean raw = block && tokens.getFirst().is("raw");
        dropAfter(lexer.sign(), block && !raw);
        if (raw) {
            raw();
        }
    }

    /// White space after a tag.
    private void dropAfter(char sign, boolean trims) {
        int from = position;
        if (sign == '-') {
            while (position < source.length() && Strings.isSpace(source.charAt(position))) {
                position++;
            }
        } else if (trims && sign != '+' && position < source.length() && source.charAt(position) == '\n') {
            position++;
        }
        line += count(from, position);
        lineStarting = position > 0 && source.charAt(position - 1) == '\n';
    }

    private void raw() {
        pieces.removeLast();
        int end = source.indexOf("{%", position);
        while (end >= 0
                && !source.substring(end + 2)
                        .stripLeading()
                        .replaceFirst("^[-+]\\s*", "")
                        .startsWith("endraw")) {
            end = source.indexOf("{%", end + 2);
        }
        if (end < 0) {
            throw TemplateError.at(line, "expected {% endraw %}, found the end of the template");
        }
        addText(leadingText(end, '%'));
        line += count(position, end);
        ExpressionLexer lexer = new ExpressionLexer(source, end + 2 + signLength(end + 2), line, "%}");
        lexer.run();
        position = lexer.end();
        dropAfter(lexer.sign(), true);
    }

    private int signLength(int at) {
        return at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+') ? 1 : 0;
    }

    private int count(int from, int to) {
        return (int) source.substring(from, to).chars().filter(c -> c == '\n').count();
    }
}
