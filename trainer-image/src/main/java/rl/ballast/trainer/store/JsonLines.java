package rl.ballast.trainer.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import rl.ballast.trainer.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// An append-only file with one JSON object per line. A line is flushed to disk before [#append] returns. A last line
/// that a crash cut short is removed when the file is opened. Thread-safe.
public final class JsonLines {
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final Path file;

    private JsonLines(Path file) {
        this.file = file;
    }

    /// Opens the file for appending and repairs its end.
    public static JsonLines open(Path file) {
        try {
            if (Files.exists(file)) {
                repair(file);
            }
            return new JsonLines(file);
        } catch (IOException e) {
            throw storeFailure(file, "opened", e);
        }
    }

    /// Adds one object as a line.
    public synchronized void append(Object value) {
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            var line = ByteBuffer.wrap((MAPPER.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(false);
        } catch (IOException e) {
            throw storeFailure(file, "appended to", e);
        }
    }

    /// Every line, in order; none if the file does not exist.
    public synchronized List<JsonNode> read() {
        var nodes = new ArrayList<JsonNode>();
        if (!Files.exists(file)) {
            return nodes;
        }
        try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
            for (String line : (Iterable<String>) lines::iterator) {
                nodes.add(parse(line, nodes.size() + 1));
            }
            return nodes;
        } catch (IOException e) {
            throw storeFailure(file, "read", e);
        }
    }

    private JsonNode parse(String line, int number) {
        try {
            return MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new LearnerFailure(
                    ExitCode.CORRUPT,
                    "%s, line %d: expected one JSON object, found '%s'"
                            .formatted(file, number, line.substring(0, Math.min(60, line.length()))),
                    e);
        }
    }

    private static void repair(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = channel.size();
            var one = ByteBuffer.allocate(1);
            while (end > 0) {
                one.clear();
                channel.read(one, end - 1);
                if (one.get(0) == '\n') {
                    break;
                }
                end--;
            }
            if (end < channel.size()) {
                channel.truncate(end);
                channel.force(true);
            }
        }
    }

    private static LearnerFailure storeFailure(Path file, String what, IOException e) {
        return new LearnerFailure(
                ExitCode.STORE_IO,
                "%s could not be %s: %s. Check the volume and its free space, then resume".formatted(file, what, e),
                e);
    }
}
