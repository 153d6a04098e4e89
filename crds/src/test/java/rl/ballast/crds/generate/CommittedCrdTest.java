package rl.ballast.crds.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;

/// The committed CRD YAML is what the records say. After a change of a record run this test with
/// `-Dballast.crds.write=true` and commit the files.
class CommittedCrdTest {
    private static final Path COMMITTED = Path.of("src/main/resources/crds");
    private static final CrdYaml GENERATOR =
            new CrdYaml(List.of(Path.of("src/main/java"), Path.of("../protocol/src/main/java")));

    @TempDir
    Path scratch;

    @Test
    void committedYamlIsWhatTheRecordsSay() throws IOException {
        Map<String, String> generated =
                GENERATOR.generate(List.of(RLRun.class, RolloutPool.class, LearnerGroup.class), scratch);

        if (Boolean.getBoolean("ballast.crds.write")) {
            for (Map.Entry<String, String> file : generated.entrySet()) {
                Files.writeString(COMMITTED.resolve(file.getKey()), file.getValue());
            }
        }

        for (Map.Entry<String, String> file : generated.entrySet()) {
            assertThat(Files.readString(COMMITTED.resolve(file.getKey())))
                    .as("%s: run this test with -Dballast.crds.write=true and commit the result", file.getKey())
                    .isEqualTo(file.getValue());
        }
    }

    @Test
    void everyCrdIsSmallEnoughToApply() throws IOException {
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        try (var files = Files.newDirectoryStream(COMMITTED)) {
            for (Path file : files) {
                JsonNode crd = yaml.readTree(Files.readString(file));
                int bytes = new ObjectMapper().writeValueAsString(crd).getBytes(StandardCharsets.UTF_8).length;
                assertThat(bytes).as(file.toString()).isLessThan(200_000);
            }
        }
    }
}
