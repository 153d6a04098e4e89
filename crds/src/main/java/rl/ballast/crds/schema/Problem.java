package rl.ballast.crds.schema;

/// Something that a person should change, or know, about a file.
///
/// @param file the file's name, empty while unknown
/// @param line from 1, 0 while unknown
/// @param path for example `spec.recipe.offPolicy.clip.low` or `spec.guards[0].above`; empty for the whole document
/// @param message what was expected, what was found and what to do
public record Problem(Severity severity, String file, int line, String path, String message) {

    public enum Severity {
        ERROR,
        WARNING
    }

    public static Problem error(String path, String message) {
        return new Problem(Severity.ERROR, "", 0, path, message);
    }

    public static Problem warning(String path, String message) {
        return new Problem(Severity.WARNING, "", 0, path, message);
    }

    public Problem in(String name, int lineNumber) {
        return new Problem(severity, name, lineNumber, path, message);
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /// `FILE:LINE: PATH: MESSAGE`, without the parts that are unknown.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (!file.isEmpty()) {
            text.append(file).append(line > 0 ? ":" + line : "").append(": ");
        }
        if (!path.isEmpty()) {
            text.append(path).append(": ");
        }
        return text.append(message).toString();
    }
}
