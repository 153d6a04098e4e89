package rl.ballast.rollout.server;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.ControlRequest;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.EngineStatus;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.rollout.engine.EngineRefusal;

/// The engine protocol, version 1 (docs/design/engine-protocol.md).
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class EngineResource {
    private final EngineServer engine;

    public EngineResource(EngineServer engine) {
        this.engine = engine;
    }

    @POST
    @Path("/rollouts")
    @Consumes(MediaType.APPLICATION_JSON)
    public GenerateResponse generate(@Nullable GenerateRequest body, @Context RoutingContext http)
            throws InterruptedException {
        // Called once the answer has been sent or the caller has gone.
        engine.calls().begin();
        http.addEndHandler(end -> engine.calls().end());
        try {
            RolloutDesk.Ticket ticket = engine.generate(present(body));
            http.addEndHandler(end -> {
                if (end.failed()) {
                    ticket.leave();
                }
            });
            GenerateResponse answer = ticket.answer().get();
            engine.metrics().answered();
            return answer;
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } catch (EngineRefusal refusal) {
            throw failure(refusal);
        }
    }

    private RuntimeException failure(@Nullable Throwable cause) {
        if (cause instanceof EngineRefusal refusal) {
            engine.metrics().requestRefused(refusal.reason());
            return refusal;
        }
        engine.metrics().requestRefused(Reason.INTERNAL);
        return new IllegalStateException("a request ended in an unforeseen way", cause);
    }

    @POST
    @Path("/weights")
    @Consumes(MediaType.APPLICATION_JSON)
    public EngineStatus weights(@Nullable WeightsAnnouncement body) {
        return engine.announce(present(body));
    }

    @POST
    @Path("/pause")
    @Consumes(MediaType.APPLICATION_JSON)
    public EngineStatus pause(@Nullable ControlRequest body) {
        return engine.pause(present(body).epoch());
    }

    @POST
    @Path("/resume")
    @Consumes(MediaType.APPLICATION_JSON)
    public EngineStatus resume(@Nullable ControlRequest body) {
        return engine.resume(present(body).epoch());
    }

    @POST
    @Path("/drain")
    @Consumes(MediaType.APPLICATION_JSON)
    public EngineStatus drain(@Nullable ControlRequest body) {
        return engine.drain(present(body).epoch());
    }

    @GET
    @Path("/status")
    public EngineStatus status() {
        return engine.status();
    }

    private static <T> T present(@Nullable T body) {
        if (body == null) {
            throw new EngineRefusal(Reason.BAD_REQUEST, "body: expected a JSON object, found nothing");
        }
        return body;
    }
}
