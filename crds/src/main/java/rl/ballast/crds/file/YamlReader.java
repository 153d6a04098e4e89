package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;

/// Reads YAML as `kubectl` does (YAML 1.1 booleans, dates are text), strictly: repeated keys, merge keys, custom tags,
/// values that refer to themselves and files that grow without bound are refused with the line.
final class YamlReader {
    /// Characters of a file; a config map holds at most 1 MiB, a file may have several.
    static final int MAX_CHARACTERS = 32 << 20;

    private static final int MAX_DEPTH = 64;
    private static final int MAX_NODES = 1_000_000;
    private static final Pattern FLOAT_WITHOUT_POINT = Pattern.compile("[-+]?[0-9]+[eE][-+]?[0-9]+");

    private final String file;
    private final Scalars scalars;
    private final Map<String, Integer> lines = new HashMap<>();
    private int nodes;

    private YamlReader(String file, LoaderOptions options) {
        this.file = file;
        this.scalars = new Scalars(options);
    }

    /// All documents that are not empty.
    ///
    /// @throws InvalidSpec if the text is not such YAML
    static List<YamlDocument> read(String file, String text) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARACTERS);
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setMaxAliasesForCollections(100);
        List<YamlDocument> documents = new ArrayList<>();
        try {
            for (Node root : new Yaml(options).composeAll(new StringReader(text))) {
                YamlReader reader = new YamlReader(file, options);
                JsonNode json = reader.convert(root, "", 0);
                if (!json.isNull()) {
                    documents.add(new YamlDocument(file, json, Map.copyOf(reader.lines)));
                }
            }
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            throw new InvalidSpec(List.of(Problem.error("", "broken YAML: %s".formatted(e.getProblem()))
                    .in(file, line)));
        } catch (YAMLException e) {
            throw new InvalidSpec(List.of(Problem.error("", "broken YAML: %s".formatted(e.getMessage()))
                    .in(file, 0)));
        }
        return documents;
    }

    private JsonNode convert(Node node, String path, int depth) {
        if (depth > MAX_DEPTH) {
            throw refuse(node, path, "is nested deeper than %d levels, or refers to itself".formatted(MAX_DEPTH));
        }
        if (++nodes > MAX_NODES) {
            throw refuse(node, path, "the document grows above %d values through its aliases".formatted(MAX_NODES));
        }
        lines.putIfAbsent(path, node.getStartMark().getLine() + 1);
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, path, depth);
            case SequenceNode sequence -> {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                for (Node item : sequence.getValue()) {
                    array.add(convert(item, path + "[" + array.size() + "]", depth + 1));
                }
                yield array;
            }
            case ScalarNode scalar -> scalar(scalar, path);
            default -> throw refuse(node, path, "expected a mapping, a list or a value");
        };
    }

    private ObjectNode mapping(MappingNode mapping, String path, int depth) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (NodeTuple tuple : mapping.getValue()) {
            Node keyNode = tuple.getKeyNode();
            if (!(keyNode instanceof ScalarNode key)) {
                throw refuse(keyNode, path, "expected a text as key, found a collection");
            }
            if (Tag.MERGE.equals(key.getTag())) {
                throw refuse(keyNode, path, "merge keys (<<) are not supported: write the fields out");
            }
            String name = key.getValue();
            String child = path.isEmpty() ? name : path + "." + name;
            if (object.has(name)) {
                throw refuse(keyNode, child, "is set twice, first in line %d: remove one".formatted(lines.get(child)));
            }
            lines.put(child, keyNode.getStartMark().getLine() + 1);
            object.set(name, convert(tuple.getValueNode(), child, depth + 1));
        }
        return object;
    }

    private JsonNode scalar(ScalarNode node, String path) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        String text = node.getValue();
        if (node.isPlain() && FLOAT_WITHOUT_POINT.matcher(text).matches()) {
            return json.numberNode(Double.parseDouble(text));
        }
        Tag tag = node.getTag();
        if (tag.equals(Tag.STR) || tag.equals(Tag.TIMESTAMP)) {
            return json.textNode(text);
        }
        if (!List.of(Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL).contains(tag)) {
            throw refuse(node, path, "tag %s is not supported: write a plain value".formatted(tag));
        }
        return switch (scalars.value(node)) {
            case null -> json.nullNode();
            case Boolean value -> json.booleanNode(value);
            case Integer value -> json.numberNode(value);
            case Long value -> json.numberNode(value);
            case BigInteger value -> json.numberNode(value);
            case Double value -> json.numberNode(value);
            case Object value -> json.textNode(value.toString());
        };
    }

    private InvalidSpec refuse(Node node, String path, String message) {
        return new InvalidSpec(List.of(
                Problem.error(path, message).in(file, node.getStartMark().getLine() + 1)));
    }

    /// SnakeYAML's own reading of numbers and booleans.
    private static final class Scalars extends SafeConstructor {
        Scalars(LoaderOptions options) {
            super(options);
        }

        @Nullable
        Object value(ScalarNode node) {
            return constructObject(node);
        }
    }
}
