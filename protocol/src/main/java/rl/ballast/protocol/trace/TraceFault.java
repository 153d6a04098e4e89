package rl.ballast.protocol.trace;

/// Where in a file a reader is, so that an error can name it.
///
/// @param file the file's name
/// @param place prefix of the field, for example `segment 3 `
record TraceFault(String file, String place) {
    CorruptTrace at(String field, Object expected, Object found) {
        return new CorruptTrace(file, place + field, String.valueOf(expected), String.valueOf(found));
    }

    CorruptTrace at(Violation broken) {
        return at(broken.field(), broken.expected(), broken.found());
    }
}
