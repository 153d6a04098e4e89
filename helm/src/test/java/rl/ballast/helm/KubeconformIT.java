package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kubeconform -strict` over everything that a user applies.
class KubeconformIT {
    private static final String NAME = "/{{.ResourceKind}}{{.KindSuffix}}.json";

    @TempDir
    Path scratch;

    @BeforeEach
    void writeSchemas() throws IOException {
        StrictSchemas.write(Files.createDirectory(scratch.resolve("schemas")));
    }

    @Test
    void everythingThatTheChartMakesIsValid() throws IOException {
        Path rendered = Files.createDirectory(scratch.resolve("rendered"));
        for (Path values : Chart.valueFiles()) {
            Files.writeString(rendered.resolve(values.getFileName()), Chart.render(values));
        }

        Tool.Result result = kubeconform(rendered);

        assertThat(result.exitCode()).as(result.all()).isZero();
        assertThat(result.output()).contains("Invalid: 0, Errors: 0, Skipped: 0");
    }

    @Test
    void everyExampleOfARunIsValid() {
        Tool.Result result = kubeconform(Path.of("../examples"));

        assertThat(result.exitCode()).as(result.all()).isZero();
        assertThat(result.output()).contains("Invalid: 0, Errors: 0, Skipped: 0");
    }

    @Test
    void theExampleOfArtifactHubIsValid() throws IOException {
        Path example = scratch.resolve("example.yaml");
        Files.writeString(
                example,
                Chart.read(Chart.FOLDER.resolve("Chart.yaml"))
                        .at("/annotations/artifacthub.io~1crdsExamples")
                        .asText()
                        .replaceAll("(?m)^- ", "---\n  ")
                        .replaceAll("(?m)^ {2}", ""));

        Tool.Result result = kubeconform(example);

        assertThat(result.exitCode()).as(result.all()).isZero();
        assertThat(result.output()).contains("Valid: 1");
    }

    @Test
    void aWrongFieldIsFound() throws IOException {
        Path wrong = scratch.resolve("wrong.yaml");
        Files.writeString(
                wrong,
                Files.readString(Path.of("../examples/quickstart/rlrun.yaml")).replace("groupSize:", "groupsize:"));

        assertThat(kubeconform(wrong).output()).contains("additional properties 'groupsize' not allowed");
    }

    private Tool.Result kubeconform(Path target) {
        return Tool.require("kubeconform")
                .run(List.of(
                        "-strict",
                        "-summary",
                        "-ignore-filename-pattern",
                        "\\.part\\.yaml$",
                        "-schema-location",
                        "src/test/resources/kubernetes-schemas" + NAME,
                        "-schema-location",
                        scratch.resolve("schemas") + NAME,
                        target.toString()));
    }
}
