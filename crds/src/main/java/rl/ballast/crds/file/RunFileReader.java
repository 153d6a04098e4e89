package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import rl.ballast.crds.BallastApi;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.SpecSources;
import rl.ballast.crds.check.SpecWarnings;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;

/// Finds the run and its config maps in a file or folder.
final class RunFileReader {
    private final Path start;
    private final Map<String, Map<String, String>> configMaps = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    RunFileReader(Path start) {
        this.start = start;
    }

    RunFile read(List<String> settings) {
        List<YamlDocument> documents = documents(start);
        List<YamlDocument> runs =
                documents.stream().filter(document -> isKind(document, "RLRun")).toList();
        if (runs.size() != 1) {
            throw refuse(
                    start.toString(),
                    "expected exactly one document of kind RLRun (apiVersion %s), found %d among kinds %s"
                            .formatted(BallastApi.API_VERSION, runs.size(), kinds(documents)));
        }
        return read(documents, runs.getFirst(), settings);
    }

    /// One run of several documents.
    RunFile read(List<YamlDocument> documents, YamlDocument run, List<String> settings) {
        documents.stream().filter(document -> isKind(document, "ConfigMap")).forEach(this::addConfigMap);
        return bind(run, settings);
    }

    /// Every document of a file, or of the YAML files of a folder.
    static List<YamlDocument> documents(Path fileOrFolder) {
        List<YamlDocument> documents = new ArrayList<>();
        for (Path file : Files.isDirectory(fileOrFolder) ? yamlFiles(fileOrFolder) : List.of(fileOrFolder)) {
            documents.addAll(YamlReader.read(file.toString(), text(file)));
        }
        return documents;
    }

    private RunFile bind(YamlDocument document, List<String> settings) {
        CheckedDocument checked = CheckedDocument.of(document, "RLRun", settings);
        problems.addAll(checked.problems());
        checked.requireValid();
        RLRunSpec spec = checked.bindSpec(RLRunSpec.class);
        problems.addAll(checked.locate(SpecWarnings.of(spec)));
        if (!Files.isDirectory(start)) {
            addSiblings(SpecSources.configMaps(spec));
        }
        RLRun run = new RLRun();
        run.setMetadata(checked.metadata());
        run.setSpec(spec);
        Path file = Path.of(document.file()).toAbsolutePath().normalize();
        Path parent = file.getParent();
        return new RunFile(file, parent == null ? file : parent, run, checked.json(), configMaps, problems);
    }

    private void addConfigMap(YamlDocument document) {
        String name = nameOf(document);
        Map<String, String> data = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : document.json().path("data").properties()) {
            if (!entry.getValue().isTextual()) {
                String path = "data." + entry.getKey();
                throw new InvalidSpec(List.of(Problem.error(path, "expected a text; write the content as a block (|)")
                        .in(document.file(), document.line(path))));
            }
            data.put(entry.getKey(), entry.getValue().asText());
        }
        if (configMaps.putIfAbsent(name, Map.copyOf(data)) != null) {
            throw refuse(document.file(), "config map '%s' is defined twice: remove one".formatted(name));
        }
    }

    /// Looks for config maps that the run names and its own file lacks in the files beside it.
    private void addSiblings(Set<String> named) {
        Set<String> missing = new TreeSet<>(named);
        missing.removeAll(configMaps.keySet());
        Path file = start.toAbsolutePath().normalize();
        Path parent = file.getParent();
        if (missing.isEmpty() || parent == null) {
            return;
        }
        List<Problem> skipped = new ArrayList<>();
        for (Path sibling : yamlFiles(parent)) {
            if (!sibling.equals(file)) {
                try {
                    YamlReader.read(sibling.toString(), text(sibling)).stream()
                            .filter(document -> isKind(document, "ConfigMap") && missing.contains(nameOf(document)))
                            .forEach(this::addConfigMap);
                } catch (InvalidSpec e) {
                    skipped.add(Problem.warning("", "skipped while looking for config maps: " + e.getMessage())
                            .in(sibling.toString(), 0));
                }
            }
        }
        if (!configMaps.keySet().containsAll(missing)) {
            problems.addAll(skipped);
        }
    }

    private static String nameOf(YamlDocument document) {
        return document.json().path("metadata").path("name").asText();
    }

    private static boolean isKind(YamlDocument document, String kind) {
        return document.json().path("kind").asText().equals(kind);
    }

    private static List<String> kinds(List<YamlDocument> documents) {
        return documents.stream()
                .map(document -> document.json().path("kind").asText("?"))
                .distinct()
                .toList();
    }

    private static List<Path> yamlFiles(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file ->
                            file.toString().endsWith(".yaml") || file.toString().endsWith(".yml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw refuse(folder.toString(), "the folder cannot be listed: " + e.getMessage());
        }
    }

    private static String text(Path file) {
        try {
            if (!Files.exists(file)) {
                throw refuse(file.toString(), "no such file");
            }
            if (Files.size(file) > YamlReader.MAX_CHARACTERS) {
                throw refuse(
                        file.toString(),
                        "expected at most %d bytes, found %d: keep large data in files of their own"
                                .formatted(YamlReader.MAX_CHARACTERS, Files.size(file)));
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw refuse(file.toString(), "expected UTF-8 text");
        } catch (IOException e) {
            throw refuse(file.toString(), "cannot be read: " + e.getMessage());
        }
    }

    private static InvalidSpec refuse(String file, String message) {
        return new InvalidSpec(List.of(Problem.error("", message).in(file, 0)));
    }
}
