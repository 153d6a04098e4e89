package rl.ballast.modeling.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import rl.ballast.modeling.config.InvalidModel;

/// One safetensors file mapped into memory, of any size.
///
/// @param tensors by name, in the order of their data
public record SafetensorsFile(Path file, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Maps the file; the mapping lives as long as `arena`.
    ///
    /// @throws InvalidModel if the file is missing or its header is not exactly what the format asks for
    public static SafetensorsFile open(Path file, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < 8) {
                throw new InvalidModel(file, "size", "at least 8 bytes", size + " bytes");
            }
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            long headerBytes = all.get(LENGTH, 0);
            if (headerBytes < 2 || headerBytes > Math.min(SafetensorsHeader.LARGEST, size - 8)) {
                throw new InvalidModel(
                        file,
                        "header length",
                        "2 to %d".formatted(Math.min(SafetensorsHeader.LARGEST, size - 8)),
                        Long.toUnsignedString(headerBytes));
            }
            byte[] json = all.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
            MemorySegment data = all.asSlice(8 + headerBytes);
            SafetensorsHeader header =
                    SafetensorsHeader.parse(file, new String(json, StandardCharsets.UTF_8), data.byteSize());
            Map<String, StoredTensor> tensors = new LinkedHashMap<>();
            for (SafetensorsHeader.Entry entry : header.entries()) {
                MemorySegment slice = data.asSlice(entry.begin(), entry.end() - entry.begin());
                tensors.put(entry.name(), new StoredTensor(entry.name(), entry.type(), entry.shape(), slice, file));
            }
            return new SafetensorsFile(file, Collections.unmodifiableMap(tensors), header.metadata());
        } catch (NoSuchFileException e) {
            throw new InvalidModel(file, "file", "a safetensors file", "nothing", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map " + file, e);
        }
    }

    /// @throws InvalidModel if there is none of this name
    public StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InvalidModel(file, name, "a tensor", "nothing");
        }
        return tensor;
    }
}
