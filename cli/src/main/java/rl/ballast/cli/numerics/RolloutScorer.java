package rl.ballast.cli.numerics;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.ModelWeights;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.rollout.engine.Backend;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.SequenceScorer;
import rl.ballast.rollout.torch.TorchBackend;
import rl.ballast.rollout.vector.VectorBackend;

/// The rollout engine's forward pass.
final class RolloutScorer implements TokenScorer {
    private static final int BLOCK_TOKENS = 16;
    private static final int MAX_BATCH_TOKENS = 512;

    private final Backend backend;

    private RolloutScorer(Backend backend) {
        this.backend = backend;
    }

    static RolloutScorer open(Path folder, EngineConfig.Backend kind, ServedPrecision precision, int threads) {
        ModelConfig config = ModelConfigReader.read(folder);
        try (ModelWeights source = ModelWeights.open(folder);
                Arena arena = Arena.ofConfined()) {
            ServedWeights served = ServedWeights.of(source, config, precision, arena);
            Map<String, String> digests = served.tensors().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, e -> e.getValue().digest()));
            Backend backend = switch (kind) {
                case VECTOR -> VectorBackend.create(config, precision, threads, BLOCK_TOKENS, cacheBytes(config));
                case TORCH -> TorchBackend.create(config, precision, threads, BLOCK_TOKENS, cacheBytes(config));
            };
            backend.activate(backend.stage(new EngineWeights(new PolicyVersion(1), config, served, digests)));
            return new RolloutScorer(backend);
        }
    }

    /// Room for the longest sequence and for a batch beside it.
    private static long cacheBytes(ModelConfig config) {
        long perToken = 2L * Float.BYTES * config.layers() * config.kvHeads() * config.headDim();
        return perToken * (config.maxPositions() + 2L * MAX_BATCH_TOKENS);
    }

    @Override
    public ModelConfig config() {
        return backend.config();
    }

    @Override
    public List<Scored> score(List<int[]> sequences, @Nullable List<Routes> routes, double temperature) {
        if (routes != null) {
            throw new IllegalArgumentException("the rollout engine does not replay routes");
        }
        return new SequenceScorer(backend, MAX_BATCH_TOKENS)
                .score(sequences, temperature).stream()
                        .map(scores -> new Scored(scores, null))
                        .toList();
    }

    @Override
    public void close() {
        backend.close();
    }
}
