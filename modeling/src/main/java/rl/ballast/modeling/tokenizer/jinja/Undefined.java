package rl.ballast.modeling.tokenizer.jinja;

/// What a name, attribute or item that does not exist evaluates to: false, empty text, and an error for most
/// other uses.
///
/// @param description of what is missing
record Undefined(String description) {
    /// All are alike.
    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 0;
    }
}
