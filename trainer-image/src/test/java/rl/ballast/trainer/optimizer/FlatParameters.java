package rl.ballast.trainer.optimizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import rl.ballast.modeling.weights.ParameterStore;

/// A parameter store of given shapes for tests.
public final class FlatParameters implements ParameterStore {
    private final List<Slice> slices = new ArrayList<>();
    private final MemorySegment weights;
    private final MemorySegment gradients;

    public FlatParameters(SequencedMap<String, long[]> shapes, Arena arena) {
        long offset = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            long elements = 1;
            for (long size : entry.getValue()) {
                elements *= size;
            }
            slices.add(new Slice(entry.getKey(), entry.getValue(), offset, elements));
            offset += elements;
        }
        weights = arena.allocate(offset * Float.BYTES, 64);
        gradients = arena.allocate(offset * Float.BYTES, 64);
    }

    @Override
    public List<Slice> slices() {
        return slices;
    }

    @Override
    public MemorySegment weights() {
        return weights;
    }

    @Override
    public MemorySegment gradients() {
        return gradients;
    }

    public static void copy(float[] values, MemorySegment target) {
        MemorySegment.copy(values, 0, target, ValueLayout.JAVA_FLOAT, 0, values.length);
    }

    public static float[] floats(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_FLOAT);
    }
}
