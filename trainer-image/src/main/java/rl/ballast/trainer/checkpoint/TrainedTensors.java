package rl.ballast.trainer.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.modeling.weights.SafetensorsFile;
import rl.ballast.modeling.weights.SafetensorsWriter;
import rl.ballast.modeling.weights.SafetensorsWriter.Tensor;
import rl.ballast.modeling.weights.StoredTensor;
import rl.ballast.modeling.weights.TensorType;
import rl.ballast.trainer.optimizer.AdamW;

/// The tensors of a checkpoint: weights by their Hugging Face names in `weights.safetensors`, both moments of AdamW in
/// `optimizer.safetensors`. All float32.
public record TrainedTensors(ParameterStore parameters, AdamW optimizer) {
    static final String WEIGHTS = "weights.safetensors";
    static final String OPTIMIZER = "optimizer.safetensors";
    static final List<String> FILES = List.of(WEIGHTS, OPTIMIZER);
    private static final String FIRST = "firstMoment.";
    private static final String SECOND = "secondMoment.";

    void write(Path folder) {
        var weights = new ArrayList<Tensor>();
        add(weights, "", parameters.weights());
        SafetensorsWriter.write(folder.resolve(WEIGHTS), weights, Map.of());
        var moments = new ArrayList<Tensor>();
        add(moments, FIRST, optimizer.firstMoment());
        add(moments, SECOND, optimizer.secondMoment());
        SafetensorsWriter.write(folder.resolve(OPTIMIZER), moments, Map.of());
    }

    void read(Path folder) {
        try (var arena = Arena.ofConfined()) {
            Path weights = folder.resolve(WEIGHTS);
            read(weights, SafetensorsFile.open(weights, arena).tensors(), "", parameters.weights());
            Path moments = folder.resolve(OPTIMIZER);
            var stored = SafetensorsFile.open(moments, arena).tensors();
            read(moments, stored, FIRST, optimizer.firstMoment());
            read(moments, stored, SECOND, optimizer.secondMoment());
        } catch (InvalidModel e) {
            throw Checkpoints.corrupt(folder, String.valueOf(e.getMessage()), e);
        }
    }

    private void add(List<Tensor> tensors, String prefix, MemorySegment buffer) {
        for (ParameterStore.Slice slice : parameters.slices()) {
            tensors.add(new Tensor(prefix + slice.name(), TensorType.F32, slice.shape(), part(buffer, slice)));
        }
    }

    private void read(Path file, Map<String, StoredTensor> stored, String prefix, MemorySegment buffer) {
        for (ParameterStore.Slice slice : parameters.slices()) {
            StoredTensor tensor = stored.get(prefix + slice.name());
            if (tensor == null || tensor.type() != TensorType.F32 || !Arrays.equals(tensor.shape(), slice.shape())) {
                throw Checkpoints.corrupt(
                        file,
                        "tensor '%s%s': expected F32 %s, found %s"
                                .formatted(
                                        prefix,
                                        slice.name(),
                                        Arrays.toString(slice.shape()),
                                        tensor == null ? "none" : tensor),
                        null);
            }
            tensor.copyTo(part(buffer, slice));
        }
    }

    private static MemorySegment part(MemorySegment buffer, ParameterStore.Slice slice) {
        return buffer.asSlice(slice.offset() * Float.BYTES, slice.elements() * Float.BYTES);
    }
}
