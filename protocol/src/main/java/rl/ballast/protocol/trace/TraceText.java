package rl.ballast.protocol.trace;

import java.nio.charset.StandardCharsets;

/// Rules for the short texts in a trace.
final class TraceText {
    static final int MAX_BYTES = 512;

    private TraceText() {}

    static void require(String field, String value) {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > MAX_BYTES || !wellFormed(value)) {
            throw new IllegalArgumentException(
                    "%s: expected 1..%d bytes of UTF-8 without control characters, found '%s'"
                            .formatted(field, MAX_BYTES, value));
        }
    }

    /// No control characters and no half of a surrogate pair.
    static boolean wellFormed(String value) {
        return value.codePoints().noneMatch(c -> Character.isISOControl(c) || (c >= 0xd800 && c <= 0xdfff));
    }
}
