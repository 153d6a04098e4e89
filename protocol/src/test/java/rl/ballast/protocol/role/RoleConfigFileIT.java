package rl.ballast.protocol.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleConfigFileIT {
    private static final String GOOD = """
            {"run": {"name": "arithmetic", "uid": "u-1", "specDigest": "00"}, "store": "/store", "backend": "%s", "precision": "BF16",
             "host": "127.0.0.1", "port": 8900, "computeThreads": 2, "maxSequences": 64, "maxBatchTokens": 256,
             "kvBlockTokens": 16, "kvCacheBytes": 1048576, "captureRoutes": true, "swapPolicy": "RecomputeCache"}
            """.formatted(backend());

    @TempDir
    Path folder;

    /// How the backend is spelled in files is the schema's business.
    private static String backend() {
        try {
            var json = new com.fasterxml.jackson.databind.ObjectMapper();
            return json.readTree(json.writeValueAsString(EngineConfig.Backend.VECTOR))
                    .asText();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("engine.json"), text);
    }

    @Test
    void readsWhatThePlanWrote() throws IOException {
        EngineConfig config = RoleConfigFile.read(write(GOOD), EngineConfig.class);

        assertThat(config.port()).isEqualTo(8900);
        assertThat(config.token()).isNull();
        assertThat(config.run().name()).isEqualTo("arithmetic");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "port": 8900            | "port": 1, "prot": 8900     | prot
            "port": 8900            | "port": 70000               | port: expected 0 to 65535, found 70000
            "port": 8900,           | ` `                         | port
            "host": "127.0.0.1",    | ` `                         | host
            "name": "arithmetic",   | ` `                         | run.name
            "precision": "BF16"     | "precision": "BF15"         | precision
            "computeThreads": 2     | "computeThreads": 2.5       | computeThreads
            "maxSequences": 64      | "maxSequences": null        | maxSequences
            "captureRoutes": true,  | ` `                         | captureRoutes
            "port": 8900,           | "port": 8900,,              | line 2
            """)
    void namesFileAndFieldOfWhatIsWrong(String good, String bad, String expected) throws IOException {
        Path file = write(GOOD.replace(good, bad.strip()));

        assertThatThrownBy(() -> RoleConfigFile.read(file, EngineConfig.class))
                .isInstanceOf(InvalidRoleConfig.class)
                .hasMessageContaining("engine.json")
                .hasMessageContaining(expected);
    }

    @Test
    void saysThatAFileIsMissing() {
        assertThatThrownBy(() -> RoleConfigFile.read(folder.resolve("absent.json"), EngineConfig.class))
                .isInstanceOf(InvalidRoleConfig.class)
                .hasMessageContaining("absent.json")
                .hasMessageContaining("no such file");
    }
}
