package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// The chart and what Helm makes of it.
final class Chart {
    static final Path FOLDER = Path.of("ballast");
    static final String RELEASE = "ballast";
    static final String NAMESPACE = "ballast-system";
    static final YAMLMapper YAML = new YAMLMapper(new YAMLFactory());

    static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private static final Map<Path, String> RENDERED = new ConcurrentHashMap<>();
    private static final Path CASES = Path.of("src/test/resources/rendered");

    private Chart() {}

    /// The value files that are rendered and compared: the examples and the test's own.
    static List<Path> valueFiles() {
        return Stream.concat(list(FOLDER.resolve("examples"), ".yaml").stream(), list(CASES, ".values.yaml").stream())
                .toList();
    }

    /// Where the expected output of a value file lies.
    static Path golden(Path values) {
        String name = values.getFileName().toString().replaceAll("(\\.values)?\\.yaml$", "");
        return CASES.resolve(name + ".golden.yaml");
    }

    static List<Path> list(Path folder, String suffix) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What `helm template` writes.
    static String render(Path values) {
        return RENDERED.computeIfAbsent(values, Chart::renderNow);
    }

    private static String renderNow(Path values) {
        Tool.Result result = template(List.of("-f", values.toString()));
        assertThat(result.exitCode())
                .as("helm template -f %s:\n%s", values, result.errors())
                .isZero();
        return result.output();
    }

    static Tool.Result template(List<String> options) {
        List<String> arguments = new ArrayList<>(
                List.of("template", RELEASE, FOLDER.toString(), "-n", NAMESPACE, "--kube-version", "1.34.0"));
        arguments.addAll(options);
        return Tool.helm().run(arguments);
    }

    static List<JsonNode> objects(Path values) {
        return parse(render(values));
    }

    static List<JsonNode> parse(String documents) {
        try (var parsed = YAML.readerFor(JsonNode.class).<JsonNode>readValues(documents)) {
            return parsed.readAll().stream().filter(JsonNode::isObject).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode read(Path file) {
        try {
            return YAML.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<JsonNode> ofKind(List<JsonNode> objects, String kind) {
        return objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
    }
}
