package rl.ballast.crds.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads `/// @param` lines of records from the sources, so that `kubectl explain` shows the Javadoc.
final class RecordDocs {
    private static final Pattern RECORD = Pattern.compile("\\brecord (\\w+)\\s*\\(");
    private static final Pattern LINK = Pattern.compile("\\[(\\w+)]");

    private final List<Path> sourceRoots;
    private final Map<Path, Map<String, Map<String, String>>> files = new HashMap<>();

    RecordDocs(List<Path> sourceRoots) {
        this.sourceRoots = sourceRoots;
    }

    Optional<String> of(Class<?> type, String component) throws IOException {
        Class<?> outer = type;
        while (outer.getEnclosingClass() != null) {
            outer = outer.getEnclosingClass();
        }
        for (Path root : sourceRoots) {
            Path file = root.resolve(outer.getName().replace('.', '/') + ".java");
            if (Files.exists(file)) {
                if (!files.containsKey(file)) {
                    files.put(file, parse(file));
                }
                return Optional.ofNullable(files.get(file)
                        .getOrDefault(type.getSimpleName(), Map.of())
                        .get(component));
            }
        }
        return Optional.empty();
    }

    private static Map<String, Map<String, String>> parse(Path file) throws IOException {
        Map<String, Map<String, String>> records = new HashMap<>();
        Map<String, String> params = new HashMap<>();
        String current = null;
        for (String line : Files.readAllLines(file)) {
            String text = line.strip();
            Matcher record = RECORD.matcher(text);
            if (text.startsWith("///")) {
                String doc = LINK.matcher(text.substring(3).strip()).replaceAll("$1");
                if (doc.startsWith("@param ")) {
                    current = doc.split(" ")[1];
                    params.put(
                            current,
                            doc.substring("@param ".length() + current.length()).strip());
                } else if (current != null && !doc.isEmpty()) {
                    params.merge(current, doc, (a, b) -> a + " " + b);
                } else {
                    current = null;
                }
            } else if (record.find()) {
                records.put(record.group(1), params);
                params = new HashMap<>();
                current = null;
            }
        }
        return records;
    }
}
