package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import rl.ballast.crds.BallastApi;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.crds.schema.ResourceSchema;

/// One of our objects after defaulting, with every problem of it.
///
/// @param json the whole object, defaulted
/// @param problems with file and line
record CheckedDocument(YamlDocument document, String kind, ObjectNode json, List<Problem> problems) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Set<String> METADATA = Set.of(
            "name",
            "namespace",
            "labels",
            "annotations",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "managedFields",
            "finalizers",
            "ownerReferences");

    static CheckedDocument of(YamlDocument document, String kind, List<String> settings) {
        ObjectNode json = document.json().deepCopy();
        Settings.apply(settings, json);
        List<Problem> problems = new ArrayList<>(checkHeader(json));
        ResourceSchema schema = ResourceSchema.of(kind);
        problems.addAll(schema.applyDefaults(json));
        List<String> reported = problems.stream().map(Problem::path).toList();
        schema.check(json).stream()
                .filter(problem -> !reported.contains(problem.path().replaceFirst("^\\.", "")))
                .forEach(problems::add);
        return new CheckedDocument(document, kind, json, locate(document, problems));
    }

    /// @throws InvalidSpec if there are errors
    void requireValid() {
        if (problems.stream().anyMatch(Problem::isError)) {
            throw new InvalidSpec(problems);
        }
    }

    /// @throws InvalidSpec if a record's constructor refuses its values
    <T> T bindSpec(Class<T> type) {
        try {
            return ResourceSchema.of(kind).at("spec").bindChecked(json.path("spec"), type);
        } catch (InvalidSpec e) {
            throw new InvalidSpec(locate(e.problems()));
        }
    }

    ObjectMeta metadata() {
        JsonNode metadata = json.path("metadata");
        ObjectMetaBuilder builder =
                new ObjectMetaBuilder().withName(metadata.path("name").asText());
        if (metadata.hasNonNull("namespace")) {
            builder.withNamespace(metadata.get("namespace").asText());
        }
        return builder.build();
    }

    List<Problem> locate(List<Problem> found) {
        return locate(document, found);
    }

    private static List<Problem> locate(YamlDocument document, List<Problem> found) {
        return found.stream()
                .map(problem -> problem.in(document.file(), document.line(problem.path())))
                .toList();
    }

    private static List<Problem> checkHeader(ObjectNode json) {
        List<Problem> problems = new ArrayList<>();
        String apiVersion = json.path("apiVersion").asText();
        if (!apiVersion.equals(BallastApi.API_VERSION)) {
            problems.add(Problem.error(
                    "apiVersion", "expected %s, found '%s'".formatted(BallastApi.API_VERSION, apiVersion)));
        }
        JsonNode metadata = json.path("metadata");
        if (!metadata.path("name").isTextual()) {
            problems.add(Problem.error("metadata.name", "is required, found nothing: name the object"));
            return problems;
        }
        String name = metadata.get("name").asText();
        if (!NAME.matcher(name).matches()) {
            problems.add(Problem.error(
                    "metadata.name", "expected lower-case letters, digits and '-', found '%s'".formatted(name)));
        }
        metadata.fieldNames().forEachRemaining(field -> {
            if (!METADATA.contains(field)) {
                problems.add(Problem.error("metadata." + field, "unknown field"));
            }
        });
        return problems;
    }
}
