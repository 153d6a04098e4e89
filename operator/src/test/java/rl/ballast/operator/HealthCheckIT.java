package rl.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `check URL` against a real server.
class HealthCheckIT {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    void isFineIfTheOperatorIsReady() throws IOException {
        assertThat(checkAgainst(200, "{}")).isZero();
        assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void saysWhatAnOperatorThatIsNotReadyAnswers() throws IOException {
        assertThat(checkAgainst(503, "no lease")).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("expected status 200, found 503: no lease");
    }

    @Test
    void saysThatNobodyAnswers() throws IOException {
        HttpServer server = server(200, "");
        server.stop(0);
        assertThat(check(address(server))).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("no answer");
    }

    @Test
    void wantsOneUrl() {
        assertThat(check()).isEqualTo(64);
        assertThat(check("not a url")).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("usage: check URL", "expected a URL");
    }

    private int checkAgainst(int status, String body) throws IOException {
        HttpServer server = server(status, body);
        try {
            return check(address(server));
        } finally {
            server.stop(0);
        }
    }

    private int check(String... arguments) {
        return HealthCheck.run(List.of(arguments), new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    private static String address(HttpServer server) {
        return "http://127.0.0.1:%d/q/health/ready"
                .formatted(server.getAddress().getPort());
    }

    private static HttpServer server(int status, String body) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }
}
