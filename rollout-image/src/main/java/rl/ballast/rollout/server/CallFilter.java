package rl.ballast.rollout.server;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.engine.EngineRefusal;

/// Turns calls away before their body is read: those without the token, and those with a body that no
/// request needs.
public class CallFilter {
    private static final long MAX_BODY_BYTES = 16L << 20;

    private final EngineServer engine;
    private final BearerToken token;

    public CallFilter(EngineServer engine, BearerToken token) {
        this.engine = engine;
        this.token = token;
    }

    /// @return null lets the call pass
    @ServerRequestFilter(preMatching = true)
    public @Nullable Response check(ContainerRequestContext call) {
        if (call.getUriInfo().getPath().equals(MetricsResource.PATH)) {
            return null;
        }
        if (!token.accepts(call.getHeaderString(HttpHeaders.AUTHORIZATION))) {
            return refuse(
                    Reason.UNAUTHORIZED, "Authorization: expected the engine's bearer token, found another or none");
        }
        String length = call.getHeaderString(HttpHeaders.CONTENT_LENGTH);
        if (length != null && Long.parseLong(length) > MAX_BODY_BYTES) {
            return refuse(
                    Reason.BAD_REQUEST, "body: expected at most %d bytes, found %s".formatted(MAX_BODY_BYTES, length));
        }
        return null;
    }

    private Response refuse(Reason reason, String message) {
        return Response.status(reason.status())
                .type(MediaType.APPLICATION_JSON)
                .entity(engine.error(new EngineRefusal(reason, message)))
                .build();
    }
}
