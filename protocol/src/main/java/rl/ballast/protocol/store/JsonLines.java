package rl.ballast.protocol.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An append-only file with one JSON object per line; one writer at a time, any number of readers. A line is one write
/// and is on disk when [#append] returns. Thread-safe.
public final class JsonLines implements AutoCloseable {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final FileChannel channel;
    private final Optional<String> repaired;

    private JsonLines(Path file, FileChannel channel, Optional<String> repaired) {
        this.file = file;
        this.channel = channel;
        this.repaired = repaired;
    }

    /// What a file holds.
    ///
    /// @param objects the complete lines, in order
    /// @param torn text of a last line that a crash cut short
    public record Content(List<JsonNode> objects, Optional<String> torn) {
        public Content {
            objects = List.copyOf(objects);
        }
    }

    /// Opens for appending. A last line that a crash cut short is removed first; see [#repaired].
    public static JsonLines open(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                Optional<String> repaired = repair(channel);
                channel.position(channel.size());
                return new JsonLines(file, channel, repaired);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw StoreException.of(file, "open", e);
        }
    }

    /// The torn last line that opening removed.
    public Optional<String> repaired() {
        return repaired;
    }

    /// Adds one object as a line. If the write fails half way, what was written of the line is taken back.
    ///
    /// @param value anything that Jackson writes as an object
    public synchronized void append(Object value) {
        byte[] line = line(value);
        try {
            long start = channel.position();
            try {
                ByteBuffer buffer = ByteBuffer.wrap(line);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(false);
            } catch (IOException e) {
                takeBack(start, e);
                throw e;
            }
        } catch (IOException e) {
            throw StoreException.of(file, "append to", e);
        }
    }

    private void takeBack(long start, IOException failure) {
        try {
            channel.truncate(start);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private byte[] line(Object value) {
        try {
            String text = JSON.writeValueAsString(value);
            if (!text.startsWith("{")) {
                throw new IllegalArgumentException(
                        "%s: expected an object per line, found %s".formatted(file, shortened(text)));
            }
            return (text + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "%s: cannot be written as JSON: %s".formatted(file, value.getClass()), e);
        }
    }

    /// Reads a file that may be growing; a missing one is empty.
    ///
    /// @throws StoreException.Corrupt if a line other than an unfinished last one is not a JSON object
    public static Content read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            return new Content(List.of(), Optional.empty());
        } catch (IOException e) {
            throw StoreException.of(file, "read", e);
        }
        List<JsonNode> objects = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                objects.add(
                        parse(file, objects.size() + 1, new String(bytes, start, i - start, StandardCharsets.UTF_8)));
                start = i + 1;
            }
        }
        return new Content(objects, start == bytes.length ? Optional.empty() : Optional.of(text(bytes, start)));
    }

    private static String text(byte[] bytes, int start) {
        return new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8);
    }

    private static JsonNode parse(Path file, int number, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            throw broken(file, number, line, e);
        }
        throw broken(file, number, line, null);
    }

    private static StoreException.Corrupt broken(Path file, int number, String line, @Nullable Exception cause) {
        return new StoreException.Corrupt(
                "%s:%d: expected a JSON object, found %s".formatted(file, number, shortened(line)), cause);
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? "'" + text + "'" : "'" + text.substring(0, 80) + "'...";
    }

    /// Cuts the file after its last line feed.
    private static Optional<String> repair(FileChannel channel) throws IOException {
        long size = channel.size();
        long end = size;
        ByteBuffer one = ByteBuffer.allocate(1);
        while (end > 0) {
            one.clear();
            channel.read(one, end - 1);
            if (one.get(0) == '\n') {
                break;
            }
            end--;
        }
        if (end == size) {
            return Optional.empty();
        }
        ByteBuffer tail = ByteBuffer.allocate((int) Math.min(size - end, 4096));
        channel.read(tail, end);
        channel.truncate(end);
        channel.force(true);
        return Optional.of(StandardCharsets.UTF_8.decode(tail.flip()).toString());
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StoreException.of(file, "close", e);
        }
    }
}
