package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import rl.ballast.crds.BallastApi;
import rl.ballast.crds.LearnerGroupSpec;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RolloutPoolSpec;
import rl.ballast.crds.SpecSources;
import rl.ballast.crds.check.AddressCheck;
import rl.ballast.crds.check.ModelChecks;
import rl.ballast.crds.check.StorageCheck;
import rl.ballast.crds.check.SupportedFeatures;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.protocol.run.Source;
import rl.ballast.protocol.run.Source.ConfigMapKey;
import rl.ballast.protocol.sizing.ModelShape;

/// Every object of ours in a file or folder, checked as the API server would: schema, defaults, CEL. Beyond that it
/// warns of doubtful recipes and of config maps that are not beside the run, and checks what depends on the model where
/// the model can be seen. Objects of other API groups are left alone.
///
/// @param objects in the order of the files
/// @param problems errors and warnings, with file and line
public record FileCheck(List<CheckedObject> objects, List<Problem> problems) {
    private static final List<String> KINDS = List.of("RLRun", "RolloutPool", "LearnerGroup");

    public FileCheck {
        objects = List.copyOf(objects);
        problems = List.copyOf(problems);
    }

    /// An object that was looked at.
    ///
    /// @param line where it starts
    public record CheckedObject(String file, int line, String kind, String name, boolean valid) {}

    /// @param models what is known of a run's model, from the run and the folder that its paths refer to; empty if
    ///        nothing is; an [InvalidSpec] says that it cannot be used
    public static FileCheck of(Path fileOrFolder, Function<RunFile, Optional<ModelShape>> models) {
        return new Checker(fileOrFolder, models).check();
    }

    public boolean valid() {
        return problems.stream().noneMatch(Problem::isError);
    }

    private static final class Checker {
        private final Path start;
        private final Function<RunFile, Optional<ModelShape>> models;
        private final List<CheckedObject> objects = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();
        private final Map<List<String>, YamlDocument> names = new HashMap<>();

        Checker(Path start, Function<RunFile, Optional<ModelShape>> models) {
            this.start = start;
            this.models = models;
        }

        FileCheck check() {
            try {
                List<YamlDocument> documents = RunFileReader.documents(start);
                documents.forEach(document -> object(documents, document));
                if (objects.isEmpty() && problems.isEmpty()) {
                    problems.add(Problem.error(
                                    "",
                                    "expected an object of %s (%s), found %s"
                                            .formatted(
                                                    BallastApi.API_VERSION,
                                                    String.join(", ", KINDS),
                                                    documents.isEmpty() ? "no document" : "kinds " + kinds(documents)))
                            .in(start.toString(), 0));
                }
            } catch (InvalidSpec e) {
                problems.addAll(e.problems());
            }
            return new FileCheck(objects, problems);
        }

        private void object(List<YamlDocument> documents, YamlDocument document) {
            JsonNode json = document.json();
            String kind = json.path("kind").asText();
            if (!KINDS.contains(kind)) {
                foreign(document);
                return;
            }
            List<Problem> found = new ArrayList<>();
            try {
                found.addAll(kind.equals("RLRun") ? run(documents, document) : other(document, kind));
            } catch (InvalidSpec e) {
                found.addAll(e.problems());
            }
            JsonNode metadata = json.path("metadata");
            String name = metadata.path("name").asText();
            YamlDocument twin =
                    names.putIfAbsent(List.of(kind, metadata.path("namespace").asText(), name), document);
            if (twin != null) {
                found.add(located(
                        document,
                        Problem.error(
                                "metadata.name",
                                "expected one %s '%s', found another in %s line %d: rename or remove one"
                                        .formatted(kind, name, twin.file(), twin.line("")))));
            }
            objects.add(new CheckedObject(
                    document.file(),
                    document.line(""),
                    kind,
                    name,
                    found.stream().noneMatch(Problem::isError)));
            problems.addAll(found);
        }

        /// A kind that is not ours is fine unless it says that it is.
        private void foreign(YamlDocument document) {
            JsonNode json = document.json();
            if (json.path("apiVersion").asText().startsWith(BallastApi.GROUP + "/")) {
                problems.add(located(
                        document,
                        Problem.error(
                                "kind",
                                "expected one of %s, found '%s'"
                                        .formatted(KINDS, json.path("kind").asText()))));
            } else if (!json.hasNonNull("apiVersion") || !json.hasNonNull("kind")) {
                problems.add(located(
                        document,
                        Problem.error("", "expected an object with apiVersion and kind, found a document without")));
            }
        }

        private List<Problem> run(List<YamlDocument> documents, YamlDocument document) {
            RunFile run = new RunFileReader(start).read(documents, document, List.of());
            List<Problem> found = new ArrayList<>(run.warnings());
            RLRunSpec spec = run.run().getSpec();
            SpecSources.of(spec)
                    .forEach((path, source) ->
                            configMap(run, path, source).ifPresent(problem -> found.add(located(document, problem))));
            Stream.of(SupportedFeatures.check(spec), AddressCheck.check(spec))
                    .flatMap(List::stream)
                    .forEach(problem -> found.add(located(document, problem)));
            try {
                models.apply(run)
                        .map(shape -> Stream.concat(
                                ModelChecks.check(spec, shape).stream(), StorageCheck.check(spec, shape).stream()))
                        .ifPresent(misfits -> misfits.forEach(problem -> found.add(located(document, problem))));
            } catch (InvalidSpec e) {
                e.problems().forEach(problem -> found.add(located(document, problem)));
            }
            return found;
        }

        private static Optional<Problem> configMap(RunFile run, String path, Source source) {
            ConfigMapKey key = source.configMap();
            if (key == null) {
                return Optional.empty();
            }
            String field = path + ".configMap";
            Map<String, String> data = run.configMaps().get(key.name());
            if (data == null) {
                return Optional.of(Problem.warning(
                        field,
                        "config map '%s' is not in this file or beside it: it must exist on the cluster, and a local"
                                        .formatted(key.name())
                                + " run needs it here"));
            }
            return data.containsKey(key.key())
                    ? Optional.empty()
                    : Optional.of(Problem.error(
                            field + ".key",
                            "expected a key of config map '%s' (%s), found '%s'"
                                    .formatted(
                                            key.name(),
                                            String.join(
                                                    ", ",
                                                    data.keySet().stream()
                                                            .sorted()
                                                            .toList()),
                                            key.key())));
        }

        private static List<Problem> other(YamlDocument document, String kind) {
            CheckedDocument checked = CheckedDocument.of(document, kind, List.of());
            checked.requireValid();
            if (kind.equals("RolloutPool")) {
                checked.bindSpec(RolloutPoolSpec.class);
            } else {
                checked.bindSpec(LearnerGroupSpec.class);
            }
            return checked.problems();
        }

        private static Problem located(YamlDocument document, Problem problem) {
            return problem.in(document.file(), document.line(problem.path()));
        }

        private static String kinds(List<YamlDocument> documents) {
            return documents.stream()
                    .map(document -> document.json().path("kind").asText("?"))
                    .distinct()
                    .toList()
                    .toString();
        }
    }
}
