package rl.ballast.modeling;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/// Committed models of `src/test/resources/fixtures`.
public final class Fixtures {
    private Fixtures() {}

    public static Stream<String> models() {
        return Stream.of(
                "moe-normalised",
                "moe-raw-gates-wide-heads",
                "moe-mixed-layers-sharded",
                "moe-bf16-source",
                "dense-untied",
                "dense-tied-wide-heads");
    }

    public static Path folder(String name) {
        URL url = Objects.requireNonNull(Fixtures.class.getResource("/fixtures/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
