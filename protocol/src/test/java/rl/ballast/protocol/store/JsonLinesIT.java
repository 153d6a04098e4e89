package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesIT {
    @TempDir
    Path folder;

    @Test
    void appendsOneObjectPerLineAcrossOpenings() {
        Path file = folder.resolve("logs/metrics.jsonl");
        try (JsonLines lines = JsonLines.open(file)) {
            lines.append(Map.of("step", 1));
        }
        try (JsonLines lines = JsonLines.open(file)) {
            assertThat(lines.repaired()).isEmpty();
            lines.append(Map.of("text", "two\nlines", "value", Double.NaN));
        }

        JsonLines.Content content = JsonLines.read(file);

        assertThat(content.objects()).hasSize(2);
        assertThat(content.objects().get(1).get("text").textValue()).isEqualTo("two\nlines");
        assertThat(content.objects().get(1).get("value").textValue()).isEqualTo("NaN");
        assertThat(content.torn()).isEmpty();
    }

    @Test
    void aTornLastLineIsReportedByReadersAndRemovedByTheNextWriter() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        Files.writeString(file, "{\"step\":1}\n{\"step\":2,\"rew");

        JsonLines.Content torn = JsonLines.read(file);
        assertThat(torn.objects()).hasSize(1);
        assertThat(torn.torn()).contains("{\"step\":2,\"rew");

        try (JsonLines lines = JsonLines.open(file)) {
            assertThat(lines.repaired()).contains("{\"step\":2,\"rew");
            lines.append(Map.of("step", 2));
        }
        assertThat(file).hasContent("{\"step\":1}\n{\"step\":2}\n");
    }

    @Test
    void aFileThatIsOneTornLineBecomesEmpty() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        Files.writeString(file, "{\"st");

        JsonLines.open(file).close();

        assertThat(file).isEmptyFile();
    }

    @Test
    void aMissingFileIsEmpty() {
        assertThat(JsonLines.read(folder.resolve("absent")).objects()).isEmpty();
    }

    @Test
    void aBrokenLineBeforeTheLastIsCorruptAndNamedByNumber() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        for (String broken : new String[] {"{\"step\":2", "[1]", "", "{} {}"}) {
            Files.writeString(file, "{\"step\":1}\n" + broken + "\n{\"step\":3}\n");

            assertThatThrownBy(() -> JsonLines.read(file))
                    .isInstanceOf(StoreException.Corrupt.class)
                    .hasMessage("%s:2: expected a JSON object, found '%s'", file, broken);
        }
    }

    @Test
    void onlyObjectsAreLines() {
        try (JsonLines lines = JsonLines.open(folder.resolve("metrics.jsonl"))) {
            assertThatThrownBy(() -> lines.append("text")).hasMessageContaining("expected an object per line");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsReportedAsSuch() throws IOException {
        Path file = Files.createSymbolicLink(folder.resolve("metrics.jsonl"), Path.of("/dev/full"));
        try (JsonLines lines = JsonLines.open(file)) {
            assertThatThrownBy(() -> lines.append(Map.of("step", 1)))
                    .isInstanceOf(StoreException.Full.class)
                    .hasMessageContaining(file.toString());
        }
    }
}
