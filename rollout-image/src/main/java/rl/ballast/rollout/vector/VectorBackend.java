package rl.ballast.rollout.vector;

import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.Backend;
import rl.ballast.rollout.engine.CacheBudget;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.ResidentWeights;
import rl.ballast.rollout.engine.StepBatch;
import rl.ballast.rollout.engine.StepOutput;
import rl.ballast.rollout.engine.WeightsCheck;

/// The CPU backend: Java Vector API, float32 activations and cache, weights in any served precision.
/// Batch-invariant bit for bit (numerics.md, "Rollout engine").
public final class VectorBackend implements Backend {
    private static final String MODULE = "jdk.incubator.vector";
    /// Lanes of the widest vectors in use; a block holds whole ones.
    private static final int BLOCK_MULTIPLE = 16;

    private final ModelConfig config;
    private final ServedPrecision precision;
    private final KeyValueCache cache;
    private final WorkTeam team;
    private final ForwardPass forward;
    private final VectorWeights.Loader loader;
    private @Nullable VectorWeights active;

    VectorBackend(
            ModelConfig config,
            ServedPrecision precision,
            int threads,
            int blockTokens,
            int blocks,
            VectorWeights.Loader loader) {
        this.config = config;
        this.precision = precision;
        this.cache = new KeyValueCache(config, blockTokens, blocks);
        this.team = new WorkTeam(threads);
        this.forward = new ForwardPass(config, cache, team);
        this.loader = loader;
    }

    /// Makes a backend without weights.
    ///
    /// @param blockTokens a multiple of 16
    /// @param cacheBytes budget of the KV cache; holds at least one block
    /// @throws IllegalStateException if the Java runtime was started without the Vector API
    /// @throws IllegalArgumentException if a size is out of range
    public static VectorBackend create(
            ModelConfig config, ServedPrecision precision, int threads, int blockTokens, long cacheBytes) {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            throw new IllegalStateException(
                    "the Vector API is missing: start java with --add-modules %s".formatted(MODULE));
        }
        if (blockTokens < 1 || blockTokens % BLOCK_MULTIPLE != 0) {
            throw new IllegalArgumentException(
                    "kvBlockTokens: expected a multiple of %d, found %d".formatted(BLOCK_MULTIPLE, blockTokens));
        }
        long blockBytes = KeyValueCache.blockBytes(config, blockTokens);
        // More than the longest sequence of every slot can never be used; an array holds at most 2^31 floats.
        long arrayLimit = Integer.MAX_VALUE / (blockBytes / (2L * Float.BYTES * config.layers()));
        int blocks = CacheBudget.blocks(cacheBytes, blockBytes, arrayLimit);
        return new VectorBackend(config, precision, threads, blockTokens, blocks, ResidentTensor::of);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public ServedPrecision precision() {
        return precision;
    }

    @Override
    public int blockTokens() {
        return cache.blockTokens();
    }

    @Override
    public int blocks() {
        return cache.blocks();
    }

    @Override
    public ResidentWeights stage(EngineWeights weights) {
        WeightsCheck.check(weights, config, precision);
        return VectorWeights.load(weights, config, loader);
    }

    @Override
    public @Nullable ResidentWeights activate(ResidentWeights weights) {
        VectorWeights before = active;
        active = (VectorWeights) weights;
        return before;
    }

    @Override
    public StepOutput forward(StepBatch batch) {
        if (active == null) {
            throw new IllegalStateException("no weights are active");
        }
        return forward.run(active.matrices(), batch);
    }

    @Override
    public void close() {
        team.close();
    }
}
