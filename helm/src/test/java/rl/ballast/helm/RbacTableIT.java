package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The operator's rights in the chart are the table in `docs/design/operator.md`, on the cluster and in a namespace.
class RbacTableIT {
    private static final Path DOCUMENT = Path.of("../docs/design/operator.md");
    private static final Path CLUSTER = Path.of("src/test/resources/rendered/default.values.yaml");
    private static final Path NAMESPACED = Chart.FOLDER.resolve("examples/namespaced.yaml");
    private static final String OWN_NAMESPACE_ONLY = "coordination.k8s.io leases ";

    @Test
    void theClusterRoleAndTheOwnRoleAreTheTable() throws IOException {
        List<JsonNode> objects = Chart.objects(CLUSTER);

        Set<String> rights = rights(named(objects, "ClusterRole", "ballast-system-ballast-operator"));
        Set<String> own = rights(named(objects, "Role", "ballast-operator"));

        assertThat(rights).isEqualTo(documented(false));
        assertThat(own).isEqualTo(documented(true));
    }

    @Test
    void aWatchedNamespaceGetsTheSameRightsAndTheClusterNone() throws IOException {
        List<JsonNode> objects = Chart.objects(NAMESPACED);

        for (String namespace : List.of("team-a", "team-b")) {
            JsonNode role = Chart.ofKind(objects, "Role").stream()
                    .filter(each -> each.at("/metadata/namespace").asText().equals(namespace))
                    .findFirst()
                    .orElseThrow();
            assertThat(rights(role)).isEqualTo(documented(false));
        }
        assertThat(objects)
                .allSatisfy(object -> assertThat(object.path("kind").asText())
                        .doesNotStartWith("Cluster")
                        .isNotEqualTo("CustomResourceDefinition"));
    }

    @Test
    void nothingIsGivenByWildcardAndEveryBindingNamesTheOperator() {
        for (Path values : Chart.valueFiles()) {
            for (JsonNode object : Chart.objects(values)) {
                String kind = object.path("kind").asText();
                if (kind.endsWith("RoleBinding")) {
                    assertThat(object.at("/subjects/0/namespace").asText()).isEqualTo(Chart.NAMESPACE);
                    assertThat(object.at("/subjects/0/name").asText()).isEqualTo("ballast-operator");
                    assertThat(object.path("subjects")).hasSize(1);
                } else if (kind.endsWith("Role")) {
                    assertThat(rights(object)).isNotEmpty().noneMatch(right -> right.contains("*"));
                }
            }
        }
    }

    private static JsonNode named(List<JsonNode> objects, String kind, String name) {
        return Chart.ofKind(objects, kind).stream()
                .filter(each -> each.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /// `group resource verb` for each right.
    private static Set<String> rights(JsonNode role) {
        Set<String> rights = new TreeSet<>();
        for (JsonNode rule : role.path("rules")) {
            for (JsonNode group : rule.path("apiGroups")) {
                for (JsonNode resource : rule.path("resources")) {
                    for (JsonNode verb : rule.path("verbs")) {
                        rights.add("%s %s %s".formatted(group.asText(), resource.asText(), verb.asText()));
                    }
                }
            }
        }
        return rights;
    }

    private static Set<String> documented(boolean ownNamespace) throws IOException {
        Set<String> rights = new TreeSet<>();
        List<String> lines = Files.readAllLines(DOCUMENT);
        int row = lines.indexOf("| group | resource | verbs | why |");
        assertThat(row).as("the table of rights in %s", DOCUMENT).isPositive();
        for (String line : lines.subList(row + 2, lines.size())) {
            if (!line.startsWith("|")) {
                break;
            }
            String[] cells = line.split("\\|", -1);
            for (String resource : words(cells[2])) {
                for (String verb : words(cells[3])) {
                    rights.add("%s %s %s".formatted(cells[1].replace("`", "").strip(), resource, verb));
                }
            }
        }
        rights.removeIf(right -> right.startsWith(OWN_NAMESPACE_ONLY) != ownNamespace);
        return rights;
    }

    private static List<String> words(String cell) {
        List<String> words = new ArrayList<>();
        for (String word : cell.replace("`", "").toLowerCase(Locale.ROOT).split(",", -1)) {
            words.add(word.strip());
        }
        return words;
    }
}
