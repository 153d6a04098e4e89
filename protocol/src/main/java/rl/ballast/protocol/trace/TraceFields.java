package rl.ballast.protocol.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads the fields of a header, each within the header's bytes.
final class TraceFields {
    private final ByteBuffer bytes;
    private final TraceFault fault;

    TraceFields(byte[] bytes, TraceFault fault) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.fault = fault;
    }

    int u8(String field) {
        need(field, 1);
        return bytes.get() & 0xff;
    }

    int u16(String field) {
        need(field, Short.BYTES);
        return bytes.getShort() & 0xffff;
    }

    /// A count below 2^31.
    int count(String field) {
        need(field, Integer.BYTES);
        int value = bytes.getInt();
        if (value < 0) {
            throw fault.at(field, "a count below 2^31", Integer.toUnsignedString(value));
        }
        return value;
    }

    long u64(String field) {
        need(field, Long.BYTES);
        return bytes.getLong();
    }

    String text(String field) {
        int length = u16(field);
        if (length < 1 || length > TraceText.MAX_BYTES) {
            throw fault.at(field, "1..%d bytes of text".formatted(TraceText.MAX_BYTES), length);
        }
        need(field, length);
        ByteBuffer slice = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
            if (TraceText.wellFormed(text)) {
                return text;
            }
        } catch (CharacterCodingException e) {
            throw fault.at(field, "UTF-8", "bytes that are not (%s)".formatted(e.getMessage()));
        }
        throw fault.at(field, "text without control characters", "a control character");
    }

    /// Checks that every byte was read.
    void end() {
        if (bytes.hasRemaining()) {
            throw fault.at("header bytes", bytes.position(), bytes.limit());
        }
    }

    private void need(String field, int count) {
        if (bytes.remaining() < count) {
            throw fault.at(field, count + " more header bytes", bytes.remaining());
        }
    }
}
