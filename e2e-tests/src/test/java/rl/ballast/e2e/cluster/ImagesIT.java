package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is in the images: the promises of `docs/guides/images.md` that can be seen without starting one.
class ImagesIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    @BeforeAll
    static void images() {
        Cluster.images();
    }

    @ParameterizedTest
    @CsvSource({
        "trainer-image, pytorch-native-cpu, app/natives/torch/libtorch_cpu.so",
        "rollout-image, pytorch-native-cpu, app/natives/torch/libtorch_cpu.so",
        "operator,      operator-framework, app/operator/ballast-operator.jar",
    })
    void anImageStartsJavaAsAnOrdinaryUserAndSaysWhatIsInIt(String module, String component, String file)
            throws IOException {
        Path tar = Shell.root().resolve(module).resolve("target/images/jib-image.tar");
        if (!Files.exists(tar)) {
            throw Cluster.skipped("there is no %s: ./ballast images makes it".formatted(tar));
        }
        run("tar", "-xf", tar.toString(), "-C", folder.toString());
        JsonNode manifest =
                JSON.readTree(folder.resolve("manifest.json").toFile()).get(0);
        JsonNode config = JSON.readTree(
                        folder.resolve(manifest.path("Config").asText()).toFile())
                .path("config");
        List<String> files = new ArrayList<>();
        for (JsonNode layer : manifest.path("Layers")) {
            files.addAll(run("tar", "-tf", folder.resolve(layer.asText()).toString())
                    .lines()
                    .map(line -> line.replaceFirst("^\\./", ""))
                    .toList());
        }

        assertThat(config.path("User").asText()).isEqualTo("65532:65532");
        assertThat(config.at("/Entrypoint/0").asText()).as("process 1").isEqualTo("java");
        assertThat(config.path("Entrypoint").toString()).doesNotContain("sh\"", "-c\"");
        assertThat(files).contains(file);
        assertThat(names(bill(manifest, "app/sbom.json"))).anyMatch(name -> name.contains(component));
        if (System.getenv("BALLAST_IMAGE_BASE") == null) {
            assertThat(files).as("the base has no shell").noneMatch(each -> each.matches("(usr/)?bin/(ba|da)?sh"));
            assertThat(names(bill(manifest, "app/sbom-base.json"))).contains("openjdk-jre", "libc6", "libstdc++6");
        }
    }

    /// Of the last layer that has the file.
    private JsonNode bill(JsonNode manifest, String name) throws IOException {
        for (JsonNode layer : manifest.path("Layers")) {
            Shell.run(
                    LIMIT,
                    Map.of(),
                    List.of(
                            "tar",
                            "-xf",
                            folder.resolve(layer.asText()).toString(),
                            "-C",
                            folder.toString(),
                            "--wildcards",
                            "*" + name));
        }
        return JSON.readTree(folder.resolve(name).toFile());
    }

    private static List<String> names(JsonNode bill) {
        assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
        List<String> names = new ArrayList<>();
        bill.path("components").forEach(each -> {
            assertThat(each.path("version").asText()).as(each.toString()).isNotEmpty();
            names.add(each.path("name").asText());
        });
        return names;
    }

    private static String run(String... command) {
        return Shell.run(LIMIT, Map.of(), List.of(command)).orFail().output();
    }
}
