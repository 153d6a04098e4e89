package rl.ballast.modeling.tokenizer.jinja;

/// A template that cannot be understood or rendered: unknown constructs, wrong types, or its own
/// `raise_exception`.
public final class TemplateError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TemplateError(String message) {
        super(message);
    }

    static TemplateError at(int line, String message) {
        return new TemplateError("line %d: %s".formatted(line, message));
    }
}
