package rl.ballast.rollout.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// The shared secret that calls must carry.
final class BearerToken {
    private static final String SCHEME = "Bearer ";

    private final byte @Nullable [] expected;

    /// @param token null accepts every call
    BearerToken(@Nullable String token) {
        expected = token == null ? null : (SCHEME + token).getBytes(UTF_8);
    }

    /// Compares in a time that does not tell how much of the token is right.
    ///
    /// @param authorization value of the `Authorization` header
    boolean accepts(@Nullable String authorization) {
        return expected == null
                || (authorization != null && MessageDigest.isEqual(expected, authorization.getBytes(UTF_8)));
    }
}
