package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The chart installs the custom resource definitions of the `crds` module. `CommittedCrdTest` there writes the
/// templates.
class CrdTemplatesIT {
    private static final Path SOURCES = Path.of("../crds/src/main/resources/crds");
    private static final Path VALUES = Path.of("src/test/resources/rendered/default.values.yaml");

    @Test
    void theDefinitionsAreTheCommittedOnes() {
        List<JsonNode> rendered = Chart.ofKind(Chart.objects(VALUES), "CustomResourceDefinition");

        assertThat(rendered.stream().map(definition -> definition.path("spec")))
                .hasSize(3)
                .containsExactlyInAnyOrderElementsOf(Chart.list(SOURCES, ".yaml").stream()
                        .map(file -> Chart.read(file).path("spec"))
                        .toList());
    }

    @Test
    void theyAreKeptUnlessAskedOtherwise() {
        assertThat(annotations()).isEqualTo("{\"helm.sh/resource-policy\":\"keep\"}");
        assertThat(annotations("--set", "crds.keep=false")).isEmpty();
    }

    @Test
    void theyCanBeLeftOut() {
        Tool.Result without = Chart.template(List.of("--set", "crds.install=false"));

        assertThat(Chart.parse(without.output())).isNotEmpty();
        assertThat(Chart.ofKind(Chart.parse(without.output()), "CustomResourceDefinition"))
                .isEmpty();
    }

    private static String annotations(String... options) {
        List<JsonNode> definitions =
                Chart.ofKind(Chart.parse(Chart.template(List.of(options)).output()), "CustomResourceDefinition");
        return definitions.getFirst().at("/metadata/annotations").toString();
    }
}
