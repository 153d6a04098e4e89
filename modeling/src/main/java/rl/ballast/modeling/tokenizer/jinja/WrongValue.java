package rl.ballast.modeling.tokenizer.jinja;

/// A value of a type that an operation does not take; becomes a [TemplateError] with the line.
final class WrongValue extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongValue(String message) {
        super(message);
    }
}
