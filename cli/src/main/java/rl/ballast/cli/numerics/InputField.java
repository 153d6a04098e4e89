package rl.ballast.cli.numerics;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A value of a JSON file and where it stands there, with typed access and errors that say so.
///
/// @param path for example `responses[2].routes[0]`; empty for the whole file
record InputField(Path file, String path, JsonNode node) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int LONGEST_QUOTE = 60;

    /// @throws BadInput if the file is missing, unreadable or not JSON
    static InputField read(Path file) {
        try {
            return new InputField(file, "", JSON.readTree(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            throw new BadInput(file, "file", "a JSON file", "nothing");
        } catch (JsonProcessingException e) {
            throw new BadInput(file, "", "JSON", e.getOriginalMessage() + " at " + position(e));
        } catch (IOException e) {
            throw new BadInput(file, "file", "a readable file", e.toString());
        }
    }

    private static String position(JsonProcessingException e) {
        return e.getLocation() == null
                ? "an unknown place"
                : "line %d, column %d"
                        .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    }

    /// Refuses anything but an object with no other fields than these.
    InputField object(Set<String> known) {
        if (!node.isObject()) {
            throw wrong("an object");
        }
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new BadInput(
                        file,
                        child(name),
                        "one of the fields " + known.stream().sorted().toList(),
                        "'" + name + "'");
            }
        });
        return this;
    }

    ObjectNode objectNode() {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw wrong("an object");
    }

    /// A field that must be there.
    InputField get(String name) {
        return find(name).orElseThrow(() -> new BadInput(file, child(name), "a value", "nothing"));
    }

    /// A field that may be absent or null.
    Optional<InputField> find(String name) {
        return node.hasNonNull(name)
                ? Optional.of(new InputField(file, child(name), node.get(name)))
                : Optional.empty();
    }

    private String child(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    List<InputField> items() {
        if (!node.isArray()) {
            throw wrong("an array");
        }
        List<InputField> items = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            items.add(new InputField(file, path + "[" + i + "]", node.get(i)));
        }
        return items;
    }

    List<InputField> items(int count, String reason) {
        List<InputField> items = items();
        if (items.size() != count) {
            throw new BadInput(file, path, "%d elements (%s)".formatted(count, reason), items.size() + " elements");
        }
        return items;
    }

    int integer() {
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw wrong("an integer");
        }
        return node.intValue();
    }

    double number() {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw wrong("a finite number");
        }
        return node.doubleValue();
    }

    boolean flag() {
        if (node.isIntegralNumber() && (node.intValue() == 0 || node.intValue() == 1)) {
            return node.intValue() == 1;
        }
        if (!node.isBoolean()) {
            throw wrong("true, false, 1 or 0");
        }
        return node.booleanValue();
    }

    int[] integers() {
        return items().stream().mapToInt(InputField::integer).toArray();
    }

    /// Token ids, each below the size of the vocabulary.
    int[] tokens(int vocabulary) {
        List<InputField> items = items();
        int[] ids = new int[items.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = items.get(i).integer();
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                throw items.get(i).wrong("a token id from 0 to " + (vocabulary - 1));
            }
        }
        return ids;
    }

    BadInput wrong(String expected) {
        String text = node.toString();
        return new BadInput(
                file, path, expected, text.length() > LONGEST_QUOTE ? text.substring(0, LONGEST_QUOTE) + "..." : text);
    }
}
