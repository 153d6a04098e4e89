package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What Helm makes of the chart, for every value file.
class RenderedChartIT {

    static List<Path> valueFiles() {
        return Chart.valueFiles();
    }

    @Test
    void lintHasNothingToSay() {
        for (Path values : Chart.valueFiles()) {
            Tool.Result result = Tool.helm()
                    .run(List.of(
                            "lint",
                            "--strict",
                            "--kube-version",
                            "1.34.0",
                            "-f",
                            values.toString(),
                            Chart.FOLDER.toString()));
            assertThat(result.exitCode()).as("%s: %s", values, result.all()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("valueFiles")
    void outputIsTheCommittedOne(Path values) {
        // The custom resource definitions have their own test.
        String rendered = Pattern.compile("(?m)^---\n(?=# Source: )")
                .splitAsStream(Chart.render(values))
                .filter(document -> !document.isEmpty() && !document.startsWith("# Source: ballast/templates/crds/"))
                .map(document -> "---\n" + document)
                .collect(Collectors.joining());

        Committed.check(Chart.golden(values), rendered);
    }

    @ParameterizedTest
    @MethodSource("valueFiles")
    void podsMeetTheRestrictedLevel(Path values) {
        for (JsonNode object : Chart.objects(values)) {
            JsonNode pod =
                    object.path("kind").asText().equals("Pod") ? object.path("spec") : object.at("/spec/template/spec");
            if (pod.has("containers")) {
                checkRestricted(object.at("/metadata/name").asText(), pod);
            }
        }
    }

    private static void checkRestricted(String name, JsonNode pod) {
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).as(name).isTrue();
        assertThat(pod.at("/securityContext/runAsUser").asInt()).as(name).isPositive();
        assertThat(pod.at("/securityContext/seccompProfile/type").asText())
                .as(name)
                .isEqualTo("RuntimeDefault");
        assertThat(pod.has("hostNetwork") || pod.has("hostPID") || pod.has("hostIPC"))
                .as(name)
                .isFalse();
        for (JsonNode container : pod.path("containers")) {
            JsonNode security = container.path("securityContext");
            assertThat(security.path("allowPrivilegeEscalation").asBoolean(true))
                    .as(name)
                    .isFalse();
            assertThat(security.path("readOnlyRootFilesystem").asBoolean(false))
                    .as(name)
                    .isTrue();
            assertThat(security.at("/capabilities/drop").toString()).as(name).isEqualTo("[\"ALL\"]");
            assertThat(container.at("/resources/limits/memory").isMissingNode())
                    .as(name)
                    .isFalse();
        }
        for (JsonNode volume : pod.path("volumes")) {
            assertThat(volume.has("emptyDir") || volume.has("configMap") || volume.has("projected"))
                    .as("%s: %s", name, volume)
                    .isTrue();
        }
    }

    @Test
    void anOldClusterIsRefused() {
        Tool.Result result = Chart.template(List.of("--kube-version", "1.29.0"));

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.errors()).contains("kubeVersion");
    }
}
