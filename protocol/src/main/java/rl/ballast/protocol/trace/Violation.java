package rl.ballast.protocol.trace;

/// A rule that a value breaks: in a program an [IllegalArgumentException], in a file a [CorruptTrace].
record Violation(String field, String expected, String found) {
    static Violation of(String field, Object expected, Object found) {
        return new Violation(field, String.valueOf(expected), String.valueOf(found));
    }

    IllegalArgumentException asArgument() {
        return new IllegalArgumentException(toString());
    }

    @Override
    public String toString() {
        return "%s: expected %s, found %s".formatted(field, expected, found);
    }
}
