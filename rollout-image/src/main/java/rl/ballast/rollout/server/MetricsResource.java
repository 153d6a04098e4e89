package rl.ballast.rollout.server;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Prometheus metrics; open to all, as Prometheus has no token of the run.
@Path(MetricsResource.PATH)
public class MetricsResource {
    static final String PATH = "/metrics";

    private final EngineServer engine;

    public MetricsResource(EngineServer engine) {
        this.engine = engine;
    }

    @GET
    @RunOnVirtualThread
    public Response metrics(@HeaderParam(HttpHeaders.ACCEPT) @Nullable String accept) throws IOException {
        var out = new ByteArrayOutputStream();
        String contentType = engine.metrics().write(accept, out);
        return Response.ok(out.toByteArray())
                .header(HttpHeaders.CONTENT_TYPE, contentType)
                .build();
    }
}
