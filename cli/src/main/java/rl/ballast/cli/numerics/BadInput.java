package rl.ballast.cli.numerics;

import java.nio.file.Path;

/// An input file of a command does not hold what it should. The message names file, field, expected and found.
final class BadInput extends RuntimeException {
    BadInput(Path file, String field, String expected, String found) {
        super("%s: %s: expected %s, found %s".formatted(file, field.isEmpty() ? "content" : field, expected, found));
    }
}
