package rl.ballast.protocol.trace;

import java.util.List;
import java.util.Optional;

/// What all segments of one trace file share.
///
/// @param runId uid of the run that recorded it
/// @param modelRevision digest of the model that was routed; routes of other models are refused by it
/// @param numExperts 1..65535, logical experts of every MoE layer, before any load balancing moves them
/// @param topK 1..64, at most `numExperts`
/// @param layers global indices of the MoE layers, ascending; column `i` of a trace is layer `layers.get(i)`
public record TraceHeader(String runId, String modelRevision, int numExperts, int topK, List<Integer> layers) {
    /// Version of the file format that this code writes and the only one that it reads.
    public static final int SCHEMA_VERSION = 1;

    static final int MAX_EXPERTS = 65_535;
    static final int MAX_TOP_K = 64;
    static final int MAX_LAYERS = 4_096;
    static final int MAX_LAYER_INDEX = 65_535;

    /// @throws IllegalArgumentException if a value is out of range
    public TraceHeader {
        TraceText.require("runId", runId);
        TraceText.require("modelRevision", modelRevision);
        layers = List.copyOf(layers);
        Optional<Violation> broken = broken(numExperts, topK, layers);
        if (broken.isPresent()) {
            throw broken.get().asArgument();
        }
    }

    static Optional<Violation> broken(int numExperts, int topK, List<Integer> layers) {
        if (numExperts < 1 || numExperts > MAX_EXPERTS) {
            return Optional.of(Violation.of("numExperts", "1.." + MAX_EXPERTS, numExperts));
        }
        int most = Math.min(numExperts, MAX_TOP_K);
        if (topK < 1 || topK > most) {
            return Optional.of(Violation.of("topK", "1.." + most, topK));
        }
        if (layers.isEmpty() || layers.size() > MAX_LAYERS) {
            return Optional.of(Violation.of("layers", "1..%d of them".formatted(MAX_LAYERS), layers.size()));
        }
        int before = -1;
        for (int layer : layers) {
            if (layer <= before || layer > MAX_LAYER_INDEX) {
                return Optional.of(Violation.of("layers", "ascending indices of at most " + MAX_LAYER_INDEX, layers));
            }
            before = layer;
        }
        return Optional.empty();
    }
}
