package rl.ballast.modeling.config;

import java.nio.file.Path;

/// A model folder that is not what it should be. The message names the file, the field (or tensor), what was
/// expected and what was found.
public final class InvalidModel extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final String field;
    private final String expected;
    private final String found;

    public InvalidModel(Path file, String field, String expected, String found) {
        this(file, field, expected, found, null);
    }

    public InvalidModel(
            Path file,
            String field,
            String expected,
            String found,
            @org.jspecify.annotations.Nullable Throwable cause) {
        super("%s: %s: expected %s, found %s".formatted(file, field, expected, found), cause);
        this.file = file;
        this.field = field;
        this.expected = expected;
        this.found = found;
    }

    public Path file() {
        return file;
    }

    /// A JSON field, a tensor name, or a part of the file such as `header`.
    public String field() {
        return field;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
