package rl.ballast.protocol.wire;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/// How wire records are read and written. A request with a field that the engine does not know is refused
/// (ignoring, say, a sampling option would change the distribution in silence); an answer with one is read (a
/// newer engine may say more). All mappers are thread-safe.
public final class WireJson {
    private static final ObjectMapper REQUESTS = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();
    private static final ObjectMapper ANSWERS = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final ObjectMapper REPORTS = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private WireJson() {}

    /// Reads requests; refuses unknown fields, missing numbers and fractions where an integer belongs.
    public static ObjectMapper requests() {
        return REQUESTS;
    }

    /// Reads what a role reports of itself: a number that an older one does not know is 0.
    public static ObjectMapper reports() {
        return REPORTS;
    }

    /// Reads answers and writes both.
    public static ObjectMapper answers() {
        return ANSWERS;
    }
}
