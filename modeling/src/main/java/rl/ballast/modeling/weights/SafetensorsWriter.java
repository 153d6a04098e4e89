package rl.ballast.modeling.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.protocol.store.AtomicFiles;

/// Writes safetensors files: the same bytes for the same input, straight from memory, and complete or absent.
public final class SafetensorsWriter {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private SafetensorsWriter() {}

    /// @param data little-endian, row-major, exactly as many bytes as type and shape need
    public record Tensor(String name, TensorType type, long[] shape, MemorySegment data) {
        public Tensor {
            long bytes = Arrays.stream(shape).reduce(type.bytes(), Math::multiplyExact);
            if (bytes != data.byteSize()) {
                throw new IllegalArgumentException("tensor '%s': %s %s needs %d bytes, found %d"
                        .formatted(name, type, Arrays.toString(shape), bytes, data.byteSize()));
            }
        }
    }

    /// Writes the file completely or not at all.
    ///
    /// @throws rl.ballast.protocol.store.StoreException if the disk is full or not writable
    public static void write(Path file, List<Tensor> tensors, Map<String, String> metadata) {
        AtomicFiles.write(file, out -> {
            WritableByteChannel channel = Channels.newChannel(out);
            write(channel, header(tensors, metadata));
            for (Tensor tensor : tensors) {
                SegmentChunks.forEach(tensor.data(), bytes -> write(channel, bytes));
            }
        });
    }

    /// Writes and flushes a file that nobody reads yet (in a folder that is renamed when complete).
    ///
    /// @param digest is updated with every byte of the file
    /// @return the size of the file
    static long writePlain(Path file, List<Tensor> tensors, Map<String, String> metadata, MessageDigest digest)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer header = header(tensors, metadata);
            digest.update(header.duplicate());
            write(channel, header);
            for (Tensor tensor : tensors) {
                SegmentChunks.forEach(tensor.data(), bytes -> {
                    digest.update(bytes.duplicate());
                    write(channel, bytes);
                });
            }
            channel.force(true);
            return channel.size();
        }
    }

    private static void write(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int written = channel.write(bytes);
            if (written < 0) {
                throw new IOException("the channel takes no more bytes");
            }
        }
    }

    /// Length and JSON, padded with spaces so that the data is 64-byte aligned in the file.
    static ByteBuffer header(List<Tensor> tensors, Map<String, String> metadata) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            fields.put("__metadata__", new TreeMap<>(metadata));
        }
        long offset = 0;
        for (Tensor tensor : tensors) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", tensor.type().name());
            entry.put("shape", tensor.shape());
            entry.put("data_offsets", new long[] {offset, offset + tensor.data().byteSize()});
            if (fields.put(tensor.name(), entry) != null) {
                throw new IllegalArgumentException("tensor '%s' twice".formatted(tensor.name()));
            }
            offset += tensor.data().byteSize();
        }
        try {
            byte[] json = JSON.writeValueAsString(fields).getBytes(StandardCharsets.UTF_8);
            int padded = (8 + json.length + 63) / 64 * 64 - 8;
            ByteBuffer buffer = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
            buffer.putLong(padded).put(json);
            while (buffer.hasRemaining()) {
                buffer.put((byte) ' ');
            }
            return buffer.flip();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a safetensors header cannot be written", e);
        }
    }
}
