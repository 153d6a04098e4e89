package rl.ballast.cli.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Follows a file of JSON lines that another process appends to. Not thread-safe.
final class JsonLineTail {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_READ = 1 << 20;

    private final Path file;
    private long position;

    private JsonLineTail(Path file, long position) {
        this.file = file;
        this.position = position;
    }

    /// Follows from the present end of the file.
    static JsonLineTail fromEnd(Path file) throws IOException {
        return new JsonLineTail(file, Files.exists(file) ? Files.size(file) : 0);
    }

    /// The complete lines that were added since the last call.
    List<JsonNode> poll() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        if (!Files.exists(file)) {
            return lines;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long available = channel.size() - position;
            ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(Math.clamp(available, 0, MAX_READ)));
            int read = channel.read(buffer, position);
            int start = 0;
            for (int i = 0; i < read; i++) {
                if (buffer.get(i) == '\n') {
                    add(lines, new String(buffer.array(), start, i - start, StandardCharsets.UTF_8));
                    start = i + 1;
                }
            }
            position += start;
        }
        return lines;
    }

    private static void add(List<JsonNode> lines, String text) {
        try {
            lines.add(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            // a torn line of an earlier crash; the report says so
        }
    }
}
