package rl.ballast.rollout.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.engine.EngineRefusal;

/// Every failure becomes an [rl.ballast.protocol.wire.EngineError].
public class ErrorAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorAnswers.class);

    private final EngineServer engine;

    public ErrorAnswers(EngineServer engine) {
        this.engine = engine;
    }

    @ServerExceptionMapper
    public Response refused(EngineRefusal refusal) {
        return answer(refusal.reason().status(), refusal);
    }

    @ServerExceptionMapper
    public Response unreadable(MismatchedInputException e) {
        return badJson(e);
    }

    @ServerExceptionMapper
    public Response notACall(WebApplicationException e) {
        if (e.getCause() instanceof JsonProcessingException json) {
            return badJson(json);
        }
        int status = e.getResponse().getStatus();
        return answer(status, new EngineRefusal(Reason.BAD_REQUEST, "no such call: " + e.getMessage()));
    }

    @ServerExceptionMapper
    public Response defect(Throwable e) {
        LOG.error("a call failed in an unforeseen way", e);
        return answer(
                Reason.INTERNAL.status(),
                new EngineRefusal(Reason.INTERNAL, "%s; the engine's log says more".formatted(e)));
    }

    private Response badJson(JsonProcessingException e) {
        String field = e instanceof JsonMappingException mapping ? path(mapping) : "";
        String problem = e.getOriginalMessage().startsWith("Cannot map `null`")
                ? "expected a value, found nothing"
                : e.getOriginalMessage();
        return answer(
                Reason.BAD_REQUEST.status(),
                new EngineRefusal(Reason.BAD_REQUEST, "%s: %s".formatted(field.isEmpty() ? "body" : field, problem)));
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(at -> at.getFieldName() == null ? "[%d]".formatted(at.getIndex()) : "." + at.getFieldName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }

    private Response answer(int status, EngineRefusal refusal) {
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON)
                .entity(engine.error(refusal))
                .build();
    }
}
