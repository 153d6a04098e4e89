package rl.ballast.modeling.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.protocol.store.StoreException;

final class SafetensorsIT {
    @TempDir
    Path folder;

    @Test
    void readsBackWhatItWrites() {
        Path file = folder.resolve("a.safetensors");
        MemorySegment floats = MemorySegment.ofArray(new float[] {1, -2.5f, 3});
        MemorySegment bytes = MemorySegment.ofArray(new byte[] {7});

        SafetensorsWriter.write(
                file,
                List.of(
                        new SafetensorsWriter.Tensor("byte", TensorType.U8, new long[] {}, bytes),
                        new SafetensorsWriter.Tensor(
                                "empty", TensorType.I64, new long[] {0, 5}, MemorySegment.ofArray(new byte[0])),
                        new SafetensorsWriter.Tensor("floats", TensorType.F32, new long[] {3, 1}, floats)),
                Map.of("format", "pt"));

        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile read = SafetensorsFile.open(file, arena);
            assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(read.tensors().keySet()).containsExactly("byte", "empty", "floats");
            StoredTensor tensor = read.tensor("floats");
            assertThat(tensor.shape()).containsExactly(3, 1);
            assertThat(tensor.floatAt(1)).isEqualTo(-2.5f);
            assertThat(read.tensor("byte").data().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
        }
        assertThat(folder).isDirectoryContaining(path -> path.equals(file));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":{\"dtype\":\"F7\",\"shape\":[2],\"data_offsets\":[0,8]}} | a.dtype: expected a known type, found \"F7\"",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | a.data_offsets: expected 12 bytes for F32 [3], found 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | a.data_offsets: expected [begin, end]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4,8]}} | a.data_offsets: expected an array of at most 2",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | a.shape: expected whole numbers from 0, found -2",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}} | a.shape: expected whole numbers from 0, found 2.5",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}} | a.shape: expected a size below 2^63",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | a.data_offsets: expected begin at 0, found 4",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | size: expected 4 bytes of data as the header says, found 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}} | size: expected 16 bytes of data as the header says, found 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | header: expected JSON without duplicate names",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | b.data_offsets: expected begin at 4, found 0",
                "{\"__metadata__\":{\"x\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | __metadata__.x: expected a string, found 1",
                "{\"a\":3} | a.dtype: expected a known type",
                "[1] | header: expected a JSON object",
                "{\"a\" | header: expected JSON",
            })
    void refusesABrokenHeader(String header, String message) throws IOException {
        Path file = raw(header.getBytes(StandardCharsets.UTF_8), header.length(), 8);

        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SafetensorsFile.open(file, arena))
                    .isInstanceOf(InvalidModel.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining(message);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 19, Long.MAX_VALUE, Long.MIN_VALUE})
    void refusesAHeaderLengthBeyondTheFile(long length) throws IOException {
        Path file = raw("{}".getBytes(StandardCharsets.UTF_8), length, 16);

        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SafetensorsFile.open(file, arena))
                    .hasMessageContaining("header length: expected 2 to 18");
        }
    }

    @Test
    void refusesAFileThatIsMissingOrTooShort() throws IOException {
        Path file = Files.write(folder.resolve("short.safetensors"), new byte[7]);

        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SafetensorsFile.open(file, arena))
                    .hasMessageContaining("at least 8 bytes, found 7");
            assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors"), arena))
                    .hasMessageContaining("expected a safetensors file, found nothing");
        }
    }

    @Test
    void readsTensorsBeyondTwoGibibytes() throws IOException {
        long size = (2L << 30) + 128;
        String header =
                "{\"far\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"last\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}"
                        .formatted(size, size, size, size + 4);
        Path file = raw(header.getBytes(StandardCharsets.UTF_8), header.length(), 0);
        long start = 8L + header.length();
        try (var channel = Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE)) {
            channel.position(start + size)
                    .write(ByteBuffer.allocate(4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putFloat(6.5f)
                            .flip());
        }

        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile tensors = SafetensorsFile.open(file, arena);
            assertThat(tensors.tensor("last").floatAt(0)).isEqualTo(6.5f);
            assertThat(tensors.tensor("far").data().get(ValueLayout.JAVA_BYTE, size - 1))
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"model-00001-of-00004.safetensors\" | \"../model-00001-of-00004.safetensors\" | expected the name of a .safetensors file in this folder",
                "\"model-00001-of-00004.safetensors\" | \"/etc/passwd\" | expected the name of a .safetensors file in this folder",
                "\"model-00001-of-00004.safetensors\" | 7 | expected the name of a .safetensors file in this folder",
                "\"model-00001-of-00004.safetensors\" | \"model-9.safetensors\" | expected a safetensors file, found nothing",
                "\"model.norm.weight\" | \"model.norm.other\" | model.norm.other: expected a tensor, as the index says, found nothing",
                "\"weight_map\" | \"weights\" | weight_map: expected an object",
            })
    void refusesABrokenIndex(String from, String to, String message) throws IOException {
        copyShards();
        Path index = folder.resolve(ModelWeights.INDEX_FILE);
        Files.writeString(index, Files.readString(index).replace(from, to));

        assertThatThrownBy(() -> ModelWeights.open(folder))
                .isInstanceOf(InvalidModel.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesATensorThatTheIndexDoesNotList() throws IOException {
        copyShards();
        Path index = folder.resolve(ModelWeights.INDEX_FILE);
        String text = Files.readString(index);
        Files.writeString(
                index,
                text.replaceFirst("\"model.norm.weight\": \"[^\"]*\",?\\s*", "").replaceFirst(",\\s*}", "}"));

        assertThatThrownBy(() -> ModelWeights.open(folder))
                .hasMessageContaining(
                        "model.norm.weight: expected an entry for model-00004-of-00004.safetensors, found nothing");
    }

    @Test
    void refusesAFolderWithoutWeights() {
        assertThatThrownBy(() -> ModelWeights.open(folder))
                .hasMessageContaining("expected model.safetensors or model.safetensors.index.json, found neither");
    }

    @Test
    void leavesNothingBehindWhenWritingFails() throws IOException {
        Files.createFile(folder.resolve("a.safetensors"));
        Path file = folder.resolve("a.safetensors").resolve("b.safetensors");

        assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of(), Map.of()))
                .isInstanceOf(StoreException.class);
        assertThat(folder.toFile().list()).containsExactly("a.safetensors");
    }

    private void copyShards() throws IOException {
        try (var files = Files.list(Fixtures.folder("moe-mixed-layers-sharded"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName().toString()));
            }
        }
    }

    private Path raw(byte[] header, long length, int dataBytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(length).put(header);
        return Files.write(folder.resolve("raw.safetensors"), buffer.array());
    }
}
