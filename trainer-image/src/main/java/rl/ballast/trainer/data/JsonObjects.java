package rl.ballast.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/// Reads a file of one JSON object per line that a person may have written: strict UTF-8, no duplicate fields, bounded
/// lines; blank lines and a byte order mark are skipped.
final class JsonObjects {
    /// A line longer than this is not a prompt.
    static final int MAX_LINE_BYTES = 4 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private JsonObjects() {}

    /// @param consumer gets `file:line` and the object of every line, in order
    static void read(Path file, BiConsumer<String, JsonNode> consumer) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int number = 1;
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next == '\n') {
                    accept(file, number, line, consumer);
                    line.reset();
                    number++;
                } else if (line.size() >= MAX_LINE_BYTES) {
                    throw DataFiles.failure("%s:%d: expected a line of at most %d bytes, found a longer one"
                            .formatted(file, number, MAX_LINE_BYTES));
                } else {
                    line.write(next);
                }
            }
            accept(file, number, line, consumer);
        } catch (NoSuchFileException _) {
            throw DataFiles.failure("%s: expected a file, found nothing there".formatted(file));
        } catch (IOException e) {
            throw DataFiles.failure("%s: cannot be read: %s".formatted(file, e));
        }
    }

    private static void accept(
            Path file, int number, ByteArrayOutputStream bytes, BiConsumer<String, JsonNode> consumer) {
        String origin = "%s:%d".formatted(file, number);
        String text = decode(origin, bytes.toByteArray());
        if (number == 1 && text.startsWith("\uFEFF")) {
            text = text.substring(1);
        }
        if (!text.isBlank()) {
            consumer.accept(origin, parse(origin, text));
        }
    }

    private static String decode(String origin, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw DataFiles.failure("%s: expected UTF-8, found other bytes".formatted(origin));
        }
    }

    private static JsonNode parse(String origin, String text) {
        try {
            JsonNode node = JSON.readTree(text);
            if (!node.isObject()) {
                throw DataFiles.failure(
                        "%s: expected one JSON object per line, found %s".formatted(origin, node.getNodeType()));
            }
            return node;
        } catch (JsonProcessingException e) {
            throw DataFiles.failure("%s: expected one JSON object per line, found broken JSON: %s"
                    .formatted(origin, e.getOriginalMessage()));
        }
    }
}
