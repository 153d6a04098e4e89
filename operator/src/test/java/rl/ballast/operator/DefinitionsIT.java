package rl.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.operator.cluster.ControlPlane;

/// The files of `crds` that say what is valid, sent to a real API server as they are: it says the same as the
/// offline check.
class DefinitionsIT {
    private static final Path FOLDERS = Path.of("../crds/src/test/resources");
    private static final Pattern KIND =
            Pattern.compile("^kind: *(RLRun|RolloutPool|LearnerGroup) *$", Pattern.MULTILINE);

    /// What no API server can see: it is about another kind of object, or about the file as such.
    private static final Set<String> BEYOND = Set.of(
            "rlrun/invalid-config-map-data.yaml",
            "rlrun/invalid-empty.yaml",
            "rlrun/invalid-no-run.yaml",
            "rlrun/invalid-two-runs.yaml");

    private static final ControlPlane CLUSTER = ControlPlane.shared();
    private static final String NAMESPACE = CLUSTER.namespace();

    static Stream<Path> valid() throws IOException {
        return files("valid-");
    }

    static Stream<Path> invalid() throws IOException {
        return files("invalid-");
    }

    @ParameterizedTest
    @MethodSource
    void valid(Path file) throws Exception {
        List<HttpResponse<String>> answers = send(file);

        assertThat(answers)
                .isNotEmpty()
                .allSatisfy(
                        answer -> assertThat(answer.code()).as(answer.body()).isEqualTo(201));
    }

    @ParameterizedTest
    @MethodSource
    void invalid(Path file) throws Exception {
        List<HttpResponse<String>> answers = send(file);

        boolean refused = answers.stream().anyMatch(answer -> answer.code() >= 400 && answer.code() < 500);
        assertThat(refused).isEqualTo(!BEYOND.contains(FOLDERS.relativize(file).toString()));
    }

    /// Creates the objects of a file without keeping them, unknown and doubled fields forbidden.
    private static List<HttpResponse<String>> send(Path file) throws Exception {
        KubernetesClient client = CLUSTER.admin();
        List<HttpResponse<String>> answers = new ArrayList<>();
        for (String document : Files.readString(file).split("(?m)^---$", -1)) {
            Matcher kind = KIND.matcher(document);
            if (kind.find()) {
                String url = "%sapis/ballast.rl/v1alpha1/namespaces/%s/%ss?dryRun=All&fieldValidation=Strict"
                        .formatted(
                                client.getMasterUrl(), NAMESPACE, kind.group(1).toLowerCase(java.util.Locale.ROOT));
                answers.add(client.getHttpClient()
                        .sendAsync(
                                client.getHttpClient()
                                        .newHttpRequestBuilder()
                                        .uri(url)
                                        .method("POST", "application/yaml", document)
                                        .build(),
                                String.class)
                        .get());
            }
        }
        return answers;
    }

    private static Stream<Path> files(String prefix) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String kind : List.of("rlrun", "rolloutpool", "learnergroup")) {
            try (Stream<Path> files = Files.list(FOLDERS.resolve(kind))) {
                files.filter(file -> file.getFileName().toString().startsWith(prefix))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return found.stream();
    }
}
