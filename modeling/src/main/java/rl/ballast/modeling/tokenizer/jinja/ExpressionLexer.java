package rl.ballast.modeling.tokenizer.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Tokens between the delimiters of one tag.
final class ExpressionLexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ":", "|", ",", ";",
            "(", ")", "[", "]", "{", "}");

    private final String source;
    private final String close;
    private final Deque<Character> brackets = new ArrayDeque<>();
    private int position;
    private int line;
    private char sign = ' ';

    ExpressionLexer(String source, int start, int line, String close) {
        this.source = source;
        this.position = start;
        this.line = line;
        this.close = close;
    }

    /// All tokens up to the closing delimiter, then one of kind END.
    List<Token> run() {
        List<Token> tokens = new ArrayList<>();
        while (true) {
            skipSpace();
            if (position >= source.length()) {
                throw TemplateError.at(line, "expected %s, found the end of the template".formatted(close));
            }
            if (closes()) {
                tokens.add(new Token(Token.Kind.END, close, null, line));
                return tokens;
            }
            tokens.add(next());
        }
    }

    /// Index after the closing delimiter.
    int end() {
        return position;
    }

    int line() {
        return line;
    }

    /// `-` or `+` before the closing delimiter, else a blank.
    char sign() {
        return sign;
    }

    private boolean closes() {
        if (!brackets.isEmpty()) {
            return false;
        }
        char first = source.charAt(position);
        // Only a statement's end knows a plus.
        boolean signed = first == '-' || (first == '+' && close.equals("%}"));
        if (signed && source.startsWith(close, position + 1)) {
            sign = first;
            position += 3;
            return true;
        }
        if (source.startsWith(close, position)) {
            position += 2;
            return true;
        }
        return false;
    }

    private Token next() {
        char c = source.charAt(position);
        if (c == '\'' || c == '"') {
            return string(c);
        }
        if (c >= '0' && c <= '9') {
            return number();
        }
        if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            int start = position;
            while (position < source.length() && isNamePart(source.charAt(position))) {
                position++;
            }
            return new Token(Token.Kind.NAME, source.substring(start, position), null, line);
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                position += operator.length();
                balance(operator);
                return new Token(Token.Kind.OPERATOR, operator, null, line);
            }
        }
        throw TemplateError.at(line, "unexpected character '%s'".formatted(c));
    }

    private void balance(String operator) {
        switch (operator) {
            case "(" -> brackets.push(')');
            case "[" -> brackets.push(']');
            case "{" -> brackets.push('}');
            case ")", "]", "}" -> {
                if (brackets.isEmpty() || brackets.pop() != operator.charAt(0)) {
                    throw TemplateError.at(line, "unexpected '%s'".formatted(operator));
                }
            }
            default -> {}
        }
    }

    private Token number() {
        int start = position;
        digits();
        if (position + 1 < source.length() && source.charAt(position) == '.' && isDigit(source.charAt(position + 1))) {
            position++;
            digits();
        }
        int exponent = position;
        if (position < source.length() && (source.charAt(position) == 'e' || source.charAt(position) == 'E')) {
            position++;
            if (position < source.length() && (source.charAt(position) == '-' || source.charAt(position) == '+')) {
                position++;
            }
            int digits = position;
            digits();
            if (digits == position) {
                position = exponent;
            }
        }
        return Token.number(source.substring(start, position), line);
    }

    private void digits() {
        while (position < source.length() && (isDigit(source.charAt(position)) || source.charAt(position) == '_')) {
            position++;
        }
    }

    private Token string(char quote) {
        int startLine = line;
        StringBuilder text = new StringBuilder();
        position++;
        while (true) {
            if (position >= source.length()) {
                throw TemplateError.at(startLine, "expected %s to end a string, found the end".formatted(quote));
            }
            char c = source.charAt(position++);
            if (c == quote) {
                return new Token(Token.Kind.STRING, text.toString(), null, startLine);
            }
            if (c == '\n') {
                line++;
            }
            if (c == '\\' && position < source.length()) {
                escape(text);
            } else {
                text.append(c);
            }
        }
    }

    private void escape(StringBuilder text) {
        char c = source.charAt(position++);
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'a' -> text.append('\u0007');
            case 'v' -> text.append('\u000b');
            case '\\', '\'', '"' -> text.append(c);
            case '\n' -> line++;
            case 'x' -> codePoint(text, 2);
            case 'u' -> codePoint(text, 4);
            case 'U' -> codePoint(text, 8);
            default -> {
                if (c >= '0' && c <= '7') {
                    throw TemplateError.at(line, "octal escapes are not supported");
                }
                text.append('\\').append(c);
            }
        }
    }

    private void codePoint(StringBuilder text, int digits) {
        try {
            String hex = source.substring(position, position + digits);
            int value = Integer.parseUnsignedInt(hex, 16);
            text.appendCodePoint(value);
            position += digits;
        } catch (IndexOutOfBoundsException | IllegalArgumentException _) {
            throw TemplateError.at(line, "expected %d hexadecimal digits of a character".formatted(digits));
        }
    }

    private void skipSpace() {
        while (position < source.length() && Strings.isSpace(source.charAt(position))) {
            if (source.charAt(position) == '\n') {
                line++;
            }
            position++;
        }
    }

    private static boolean isNamePart(char c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
