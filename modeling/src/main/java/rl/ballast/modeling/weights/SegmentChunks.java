package rl.ballast.modeling.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/// Memory of any size as byte buffers, for channels and digests, which know no other.
final class SegmentChunks {
    private static final long LARGEST = 16L << 20;

    private SegmentChunks() {}

    interface Sink<E extends Exception> {
        void accept(ByteBuffer bytes) throws E;
    }

    /// Hands over the bytes in order, without a copy where the memory is off-heap.
    static <E extends Exception> void forEach(MemorySegment data, Sink<E> sink) throws E {
        for (long from = 0; from < data.byteSize(); from += LARGEST) {
            MemorySegment chunk = data.asSlice(from, Math.min(LARGEST, data.byteSize() - from));
            sink.accept(
                    chunk.isNative() ? chunk.asByteBuffer() : ByteBuffer.wrap(chunk.toArray(ValueLayout.JAVA_BYTE)));
        }
    }
}
