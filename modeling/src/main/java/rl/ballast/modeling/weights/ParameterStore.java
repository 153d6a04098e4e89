package rl.ballast.modeling.weights;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// The float32 master weights of a model and their gradients: two flat off-heap buffers of the same layout, with
/// one named slice per Hugging Face tensor, in a fixed order. The owner of the arena closes it.
public interface ParameterStore {
    /// One tensor in the flat buffers.
    ///
    /// @param offset in elements
    record Slice(String name, long[] shape, long offset, long elements) {}

    List<Slice> slices();

    /// All weights, float32 in native order, `elements() * 4` bytes, 64-byte aligned.
    MemorySegment weights();

    /// All gradients, laid out like [#weights()].
    MemorySegment gradients();

    default long elements() {
        return weights().byteSize() / 4;
    }

    /// Sets every gradient to zero.
    default void zeroGradients() {
        gradients().fill((byte) 0);
    }
}
