package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SequencedMap;
import rl.ballast.modeling.weights.ParameterStore;

/// The tensors of a [ParameterStore] as libtorch arrays on the same memory. Nothing is copied.
final class TorchParameters {
    private final NDManager manager;
    private final ParameterStore store;
    private final Map<String, ParameterStore.Slice> slices = new HashMap<>();

    TorchParameters(NDManager manager, ParameterStore store) {
        this.manager = manager;
        this.store = store;
        for (ParameterStore.Slice slice : store.slices()) {
            slices.put(slice.name(), slice);
        }
    }

    private Parameter parameter(ParameterStore.Slice slice) {
        NDArray value = view(manager, store.weights(), slice);
        NDArray transposed = slice.shape().length == 2 ? value.transpose() : value;
        return new Parameter(slice.name(), value, transposed, view(manager, store.gradients(), slice));
    }

    private static NDArray view(NDManager manager, MemorySegment buffer, ParameterStore.Slice slice) {
        MemorySegment memory = buffer.asSlice(slice.offset() * 4, slice.elements() * 4);
        if (memory.byteSize() > Integer.MAX_VALUE) {
            throw new InvalidInput("tensor '%s': %d bytes, at most %d can be held in one array"
                    .formatted(slice.name(), memory.byteSize(), Integer.MAX_VALUE));
        }
        return manager.create(
                memory.asByteBuffer().order(ByteOrder.nativeOrder()), new Shape(slice.shape()), DataType.FLOAT32);
    }

    /// @throws InvalidInput when the tensor is missing or has another shape
    Parameter get(String name, long... shape) {
        return parameter(slice(name, shape));
    }

    private ParameterStore.Slice slice(String name, long... shape) {
        ParameterStore.Slice slice = slices.get(name);
        if (slice == null) {
            throw new InvalidInput("tensor '%s' is missing from the weights".formatted(name));
        }
        if (!Arrays.equals(slice.shape(), shape)) {
            throw new InvalidInput("tensor '%s': expected shape %s by the configuration, found %s"
                    .formatted(name, Arrays.toString(shape), Arrays.toString(slice.shape())));
        }
        return slice;
    }

    /// Matrices of `columns` columns that follow one another in the store, as one matrix.
    ///
    /// @throws InvalidInput when one is missing, has another shape, or does not follow the one before
    Parameter stacked(long columns, SequencedMap<String, Long> rowsByName) {
        long offset = -1;
        long end = -1;
        long rows = 0;
        for (Map.Entry<String, Long> entry : rowsByName.entrySet()) {
            ParameterStore.Slice next = slice(entry.getKey(), entry.getValue(), columns);
            if (end >= 0 && next.offset() != end) {
                throw new InvalidInput(
                        "tensor '%s': expected at element %d of the weights, behind the one before; found at %d"
                                .formatted(next.name(), end, next.offset()));
            }
            offset = offset < 0 ? next.offset() : offset;
            end = next.offset() + next.elements();
            rows += entry.getValue();
        }
        String name = String.join(", ", rowsByName.keySet());
        return parameter(new ParameterStore.Slice(name, new long[] {rows, columns}, offset, end - offset));
    }
}
