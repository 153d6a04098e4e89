package rl.ballast.cli.numerics;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.modeling.torch.TorchOptions;
import rl.ballast.modeling.torch.TorchPolicy;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.ParameterStore.Slice;
import rl.ballast.modeling.weights.SafetensorsWriter;
import rl.ballast.modeling.weights.TensorType;
import rl.ballast.protocol.objective.RoutingDisagreement;
import rl.ballast.protocol.objective.TokenTerms;
import rl.ballast.protocol.store.AtomicFiles;

/// `ballast objective`: loss, ratios, masks and gradients of one judged batch. Formats: docs/design/formats.md.
@Command(
        name = "objective",
        description = "Compute the objective of a judged batch: loss, ratios, masks and gradients.",
        mixinStandardHelpOptions = true)
public final class ObjectiveCommand extends NumericsCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--batch", paramLabel = "FILE", required = true, description = "recipe and responses, JSON")
    private Path batch = Path.of(".");

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "JSON file to write")
    private Path out = Path.of(".");

    @Option(
            names = "--gradients",
            paramLabel = "FILE",
            description = "safetensors file to write: the gradient of every parameter")
    private @Nullable Path gradients;

    @Override
    int run() {
        ModelConfig config = ModelConfigReader.read(model());
        ObjectiveBatch input = ObjectiveBatch.read(batch, config);
        try (FlatParameterStore store = FlatParameterStore.load(model(), config);
                Policy policy = new TorchPolicy(config, store, TorchOptions.withThreads(threads()))) {
            ObjectivePass.Result result = new ObjectivePass(policy, input).run();
            write(result, store);
            if (gradients != null) {
                List<SafetensorsWriter.Tensor> tensors = store.slices().stream()
                        .map(s -> new SafetensorsWriter.Tensor(
                                s.name(), TensorType.F32, s.shape(), store.gradients(s.name())))
                        .toList();
                SafetensorsWriter.write(gradients, tensors, Map.of("format", "pt"));
            }
        }
        return 0;
    }

    private void write(ObjectivePass.Result result, FlatParameterStore store) {
        ObjectNode root = JSON.createObjectNode();
        root.put("loss", result.loss());
        ArrayNode responses = root.putArray("responses");
        for (ObjectivePass.Judged judged : result.responses()) {
            describe(judged, responses.addObject());
        }
        RoutingDisagreement.Summary disagreement = result.disagreement();
        if (disagreement != null) {
            root.putObject("disagreement")
                    .put("slot", disagreement.slot())
                    .put("any", disagreement.any())
                    .put("tokenAny", disagreement.tokenAny());
        }
        ObjectNode norms = root.putObject("gradientNorms");
        for (Slice slice : store.slices()) {
            norms.put(slice.name(), norm(store.gradients(slice.name())));
        }
        AtomicFiles.write(out, root + "\n");
    }

    private static void describe(ObjectivePass.Judged judged, ObjectNode node) {
        node.put("advantage", judged.advantage());
        ArrayNode trainer = node.putArray("trainerLogProbs");
        for (float value : judged.trainerLogProbs()) {
            trainer.add(value);
        }
        TokenTerms terms = judged.terms();
        doubles(node.putArray("engineRatio"), terms.engineRatio());
        doubles(node.putArray("stalenessRatio"), terms.stalenessRatio());
        doubles(node.putArray("importanceWeight"), terms.importanceWeight());
        ArrayNode mask = node.putArray("mask");
        for (boolean kept : terms.mask()) {
            mask.add(kept && !judged.dropped());
        }
        if (judged.dropped()) {
            node.put("dropped", true);
        }
    }

    private static void doubles(ArrayNode array, double[] values) {
        for (double value : values) {
            array.add(value);
        }
    }

    private static double norm(MemorySegment values) {
        double squares = 0;
        for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
            double value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            squares += value * value;
        }
        return Math.sqrt(squares);
    }
}
