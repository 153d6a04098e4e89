package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The chart's README has a row for every value, made from `values.yaml`.
class ReadmeTest {
    private static final Pattern KEY = Pattern.compile("^( *)([A-Za-z_]+):(?: (.*))?$");
    private static final Pattern DESCRIPTION = Pattern.compile("^ *# -- (.*)$");

    private record Level(int indent, String name) {}

    private record Value(String path, String initial, String description) {}

    @Test
    void everyValueIsDescribed() throws IOException {
        String template = Files.readString(Chart.FOLDER.resolve("files/README.template.md"));
        StringBuilder table = new StringBuilder("| Value | Default | Meaning |\n|---|---|---|\n");
        for (Value value : values()) {
            assertThat(value.description()).as(value.path()).isNotEmpty();
            table.append("| `%s` | `%s` | %s |\n".formatted(value.path(), value.initial(), value.description()));
        }

        Committed.check(Chart.FOLDER.resolve("README.md"), template.replace("{{values}}\n", table));
    }

    private static List<Value> values() throws IOException {
        List<Value> values = new ArrayList<>();
        Deque<Level> levels = new ArrayDeque<>();
        String description = "";
        for (String line : Files.readAllLines(Chart.FOLDER.resolve("values.yaml"))) {
            Matcher comment = DESCRIPTION.matcher(line);
            Matcher key = KEY.matcher(line);
            if (comment.matches()) {
                description = comment.group(1);
            } else if (key.matches()) {
                int indent = key.group(1).length();
                while (!levels.isEmpty() && levels.getLast().indent() >= indent) {
                    levels.removeLast();
                }
                levels.addLast(new Level(indent, key.group(2)));
                if (key.group(3) != null) {
                    List<String> names = levels.stream().map(Level::name).toList();
                    values.add(new Value(String.join(".", names), key.group(3), description));
                }
                description = "";
            }
        }
        return values;
    }
}
